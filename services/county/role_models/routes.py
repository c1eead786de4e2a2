"""The role-model library at the county: deeds to be decided, those published, taken out again."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import EXCLUDE, Schema, ValidationError

from services.county.contest.course_views import signer
from services.county.role_models import actions
from shared.kit.errors import Absent, Refused
from shared.kit.fields import Text, told
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now

role_models = Blueprint("role_models", __name__, template_folder="templates", url_prefix="/role-models")


class ReasonForm(Schema):
    """Why a deed is declined or taken out."""

    class Meta:
        unknown = EXCLUDE

    reason = Text(load_default="")


@role_models.get("")
@allow("deed.see")
def index() -> ResponseReturnValue:
    """Every deed, the undecided first."""
    return _page([], 200)


def _page(errors: list[dict[str, str]], status: int) -> ResponseReturnValue:
    return render_template("county/role_models.html", deeds=actions.deeds(db()), errors=errors), status


@role_models.post("/<uuid:deed_id>/publish")
@allow("deed.decide")
def publish(deed_id: UUID) -> ResponseReturnValue:
    """Publish it to all branches."""
    return _do(
        lambda _reason: actions.publish(db(), me(), signer(), deed_id, now()),
        gettext("已公布，正在下发到各支部。"),
    )


@role_models.post("/<uuid:deed_id>/decline")
@allow("deed.decide")
def decline(deed_id: UUID) -> ResponseReturnValue:
    """Do not publish it."""
    return _do(
        lambda reason: actions.decline(db(), me(), deed_id, reason, now()), gettext("已告诉推荐的支部。")
    )


@role_models.post("/<uuid:deed_id>/withdraw")
@allow("deed.decide")
def withdraw(deed_id: UUID) -> ResponseReturnValue:
    """Take it out of the library."""
    return _do(
        lambda reason: actions.withdraw(db(), me(), signer(), deed_id, reason, now()),
        gettext("已撤下，正在通知各支部。"),
    )


def _do(act: Callable[[str], None], said: str) -> ResponseReturnValue:
    try:
        act(form(ReasonForm())["reason"])
    except ValidationError as error:
        return _page(told(error), 422)
    except Absent:
        raise
    except Refused as refused:
        words = gettext(refused.message) % refused.values
        return _page([{"field": "", "message": words}], refused.status)
    flash(said, "success")
    return redirect(url_for("role_models.index"), 303)
