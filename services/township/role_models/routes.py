"""The role-model library at the township, to be read."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from shared.kit.guard import allow
from shared.kit.web import db
from shared.sync.role_models import library

role_models = Blueprint("role_models", __name__, template_folder="templates", url_prefix="/role-models")


@role_models.get("")
@allow("library.see")
def index() -> ResponseReturnValue:
    """Published deeds."""
    return render_template("township/role_models.html", published=library(db()))
