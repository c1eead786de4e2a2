"""Grades at the county: by township and branch, member by member, as Excel."""

from io import BytesIO

from flask import Blueprint, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from services.county.grades import pages
from services.county.grades.export import grades_file
from services.county.years.actions import years
from shared.kit import audit
from shared.kit.guard import allow
from shared.kit.web import db, me, now

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

grades = Blueprint("grades", __name__, url_prefix="/grades", template_folder="templates")


@grades.get("")
@allow("overview.see")
def page() -> ResponseReturnValue:
    """How many of each grade, by township; with a township in the address by branch."""
    if not years(db()):
        return render_template("county/grades_none.html")
    return render_template("county/grades.html", **pages.tree_page())


@grades.get("/members")
@allow("overview.see")
def members() -> ResponseReturnValue:
    """Members with their grades, a page at a time."""
    return render_template("county/grade_members.html", **pages.members_page())


@grades.get("/members/export.xlsx")
@allow("overview.see")
def export() -> ResponseReturnValue:
    """The list as Excel, every page of it; who took it is on the log."""
    year, asked, unit = pages.asked_for()
    body, many = grades_file(year, asked, unit, now())
    audit.record(db(), now(), me().account_id, me().unit.id, "grades.take", str(year.year), members=many)
    name = f"{unit.name if unit else me().unit.name}-{year.year}-{gettext('格次')}.xlsx"
    return send_file(BytesIO(body), EXCEL, as_attachment=True, download_name=name)
