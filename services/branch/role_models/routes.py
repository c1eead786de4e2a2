"""The role-model library at the branch: read by everyone, deeds proposed by the branch."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.role_models import actions
from services.branch.role_models.schemas import DeedForm
from services.branch.roster.reading import members
from services.branch.village import village
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now
from shared.sync.role_models import library

role_models = Blueprint("role_models", __name__, template_folder="templates", url_prefix="/role-models")


@role_models.get("")
@allow("library.see")
def index() -> ResponseReturnValue:
    """Published deeds; below, what this branch has proposed."""
    published = library(db())
    shown = {one.deed_id for one in published}
    own = actions.deeds(db(), village().id) if me().may("deed.propose") else []
    return render_template(
        "branch/role_models.html", published=published, own=own, shown=shown, place=village().name
    )


@role_models.get("/new")
@allow("deed.propose")
def new() -> ResponseReturnValue:
    """The form of a deed."""
    return render_template("branch/deed_form.html", **_form_page([]))


def _form_page(errors: list[dict[str, str]]) -> dict[str, Any]:
    typed = request.form
    roster = members(db(), village().id, civil(now()).date())
    return {
        "id": typed.get("id") or str(uuid4()),
        "typed": typed,
        "members": [
            {"value": one.id, "label": one.name, "selected": str(one.id) == typed.get("member")}
            for one in roster
        ],
        "errors": errors,
    }


@role_models.post("/new")
@allow("deed.propose")
def propose() -> ResponseReturnValue:
    """Propose it."""
    try:
        data = form(DeedForm())
        actions.propose(
            db(),
            me(),
            village(),
            data["id"],
            data["member"],
            data["title"],
            data["text"],
            data["consent"],
            now(),
        )
    except ValidationError as error:
        return render_template("branch/deed_form.html", **_form_page(told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        errors = [{"field": "consent", "message": gettext(refused.message) % refused.values}]
        return render_template("branch/deed_form.html", **_form_page(errors)), 422
    flash(gettext("已推荐，等县里审定。"), "success")
    return redirect(url_for("role_models.index"), 303)
