"""The first page after signing in: what waits, most urgent first."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from services.branch.desk.pages import desk_page
from shared.kit.guard import SIGNED_IN, allow
from shared.kit.web import me

desk = Blueprint("desk", __name__, template_folder="templates")


@desk.get("/")
@allow(SIGNED_IN)
def page() -> ResponseReturnValue:
    """The desk; a member's own page for who is nothing but a member."""
    if me().scope.person is not None:
        return redirect(url_for("own.home"))
    return render_template("branch/desk.html", **desk_page())
