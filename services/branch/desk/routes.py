"""The first page after signing in: what waits, most urgent first."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from services.branch.desk.pages import desk_page
from shared.kit.guard import allow

desk = Blueprint("desk", __name__, template_folder="templates")


@desk.get("/")
@allow("desk.see")
def page() -> ResponseReturnValue:
    """The desk."""
    return render_template("branch/desk.html", **desk_page())
