"""The township committee itself as a subject: it commits, files and is classed by the county."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.township.organisations.models import TABLES, OrganisationSaid
from shared.contracts.classing import Promised
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now
from shared.organisations import own_routes, own_year
from shared.organisations.class_pages import errors_of
from shared.organisations.filing import Own
from shared.organisations.own_schemas import PromiseForm
from shared.organisations.pages import note_of
from shared.organisations.why import day_of
from shared.organisations.year_end import unit_year
from shared.sync.asked_year import year, years
from shared.sync.years import MemberYear


class CommitteePlace:
    """The township as its own subject."""

    def years(self) -> Sequence[MemberYear]:
        """Years that were opened, newest first."""
        return years()

    def year(self) -> MemberYear:
        """The one the address asks for. Raises Absent."""
        return year()

    def own(self) -> Own:
        """This township in that year."""
        return Own(me().unit, year(), TABLES, OrganisationSaid)

    def title(self) -> str:
        """What its points are called."""
        return gettext("党委积分")

    def crumb(self) -> dict[str, str] | None:
        """It lies beside the branches'."""
        return {"label": gettext("党组织积分"), "href": url_for("organisations.listing")}

    def promises(self, own: Own) -> list[str]:
        """What the committee has committed to."""
        words = unit_year(db(), own.said, own.year.year, own.unit.id)
        return [one.as_(Promised).text for one in words.promises]


PLACE = CommitteePlace()
organisation = own_routes.own_blueprint(PLACE)


def desk_things() -> list[dict[str, Any]]:
    """What the desk says of this room."""
    return own_routes.desk_things(PLACE)


@organisation.get("/promises")
@allow("organisation.see")
def promises() -> ResponseReturnValue:
    """What the committee commits to this year."""
    return render_template("organisations/promises.html", **_page([]))


@organisation.post("/promises")
@allow("organisation.file")
def promise() -> ResponseReturnValue:
    """One thing more."""
    try:
        data = form(PromiseForm())
        own_year.promise(db(), PLACE.own(), me(), data["text"], data["due"], now())
    except ValidationError as error:
        return render_template("organisations/promises.html", **_page(told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        return render_template("organisations/promises.html", **_page(errors_of(refused))), refused.status
    flash(gettext("承诺已报县里。"), "success")
    return redirect(url_for("organisation.promises", year=year().year), 303)


def _page(errors: Sequence[dict[str, str]]) -> dict[str, Any]:
    own = PLACE.own()
    words = unit_year(db(), own.said, own.year.year, own.unit.id)
    return {
        "heading": {
            "title": gettext("党委承诺"),
            "note": gettext("%(unit)s，%(year)s 年", unit=own.unit.name, year=own.year.year),
            "crumb": {"label": gettext("党委积分"), "href": url_for("organisation.page", year=own.year.year)},
        },
        "rows": [
            {"text": body.text, "due": day_of(body.due), "by": one.by, "at": one.at}
            for one in words.promises
            for body in [one.as_(Promised)]
        ],
        "action": url_for("organisation.promise", year=own.year.year),
        "may": me().may("organisation.file"),
        "typed": request.form,
        "errors": list(errors),
        **note_of(own.year),
    }
