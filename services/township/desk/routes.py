"""The first page after signing in: what waits, most urgent first."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from shared.kit.guard import allow

desk = Blueprint("desk", __name__, template_folder="templates")


@desk.get("/")
@allow("desk.see")
def page() -> ResponseReturnValue:
    """The desk."""
    return render_template("township/desk.html")
