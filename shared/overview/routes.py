"""The overview's blueprint, the same for every tier that has a Reader."""

from io import BytesIO
from uuid import UUID

from flask import Blueprint, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from shared.kit.errors import Absent
from shared.kit.guard import allow
from shared.kit.units import Unit
from shared.kit.web import db, me, now
from shared.overview import export, pages
from shared.overview.reader import Reader

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def overview_blueprint(reader: Reader) -> Blueprint:
    """Pages under /overview, each under the permission overview.see."""
    room = Blueprint("overview", __name__, url_prefix="/overview", template_folder="templates")

    @room.get("")
    @allow("overview.see")
    def page() -> ResponseReturnValue:
        """The asker's own unit."""
        if not reader.years():
            return render_template("overview/empty.html")
        return render_template("overview/tree.html", **pages.tree_page(reader, me().unit))

    @room.get("/units/<uuid:unit_id>")
    @allow("overview.see")
    def unit(unit_id: UUID) -> ResponseReturnValue:
        """A unit below: a township's branches, or a branch's months and members."""
        found = _unit(unit_id)
        if found.level == "branch":
            return render_template("overview/branch.html", **pages.branch_page(reader, found))
        return render_template("overview/tree.html", **pages.tree_page(reader, found))

    @room.get("/units/<uuid:unit_id>/export.xlsx")
    @allow("overview.see")
    def export_unit(unit_id: UUID) -> ResponseReturnValue:
        """The unit's table as Excel."""
        found = _unit(unit_id)
        if found.level == "branch":
            made = pages.branch_page(reader, found)
            title = f"{made['heading']['title']} · {made['heading']['note']}"
            rows = export.branch_members(made)
            body = export.members_file(rows, made["categories"], title, me().unit.name, now())
            return _file(body, f"{found.name}-{made['year']}")
        tree = pages.tree_page(reader, found)
        return _file(export.tree_file(tree, me().unit.name, now()), f"{found.name}-{tree['year']}")

    _member_routes(room, reader)
    return room


def _unit(unit_id: UUID) -> Unit:
    """A unit in scope, not one above it; raises Absent."""
    found = db().scalars(select(Unit).where(Unit.id == unit_id)).one_or_none()
    if found is None or not found.path.startswith(me().unit.path):
        raise Absent
    return found


def _file(body: bytes, name: str) -> ResponseReturnValue:
    return send_file(BytesIO(body), EXCEL, as_attachment=True, download_name=f"{name}.xlsx")


def _member_routes(room: Blueprint, reader: Reader) -> None:
    @room.get("/members")
    @allow("overview.see")
    def members() -> ResponseReturnValue:
        """Members in scope, a page at a time."""
        return render_template("overview/members.html", **pages.members_list(reader))

    @room.get("/members/export.xlsx")
    @allow("overview.see")
    def export_members() -> ResponseReturnValue:
        """Every member in scope as Excel."""
        year = pages.chosen_year(reader)
        rows = list(pages.every_member(reader, year))
        title = gettext("%(year)s 年党员积分", year=year)
        body = export.members_file(rows, reader.categories(year), title, me().unit.name, now())
        return _file(body, f"{me().unit.name}-{year}")

    @room.get("/members/<uuid:member_id>")
    @allow("overview.see")
    def member(member_id: UUID) -> ResponseReturnValue:
        """One member's year."""
        return render_template("overview/member.html", **pages.member_page(reader, member_id))

    @room.get("/members/<uuid:member_id>/export.xlsx")
    @allow("overview.see")
    def export_member(member_id: UUID) -> ResponseReturnValue:
        """One member's postings as Excel."""
        made = pages.member_page(reader, member_id)
        return _file(export.member_file(made, me().unit.name, now()), made["heading"]["title"])
