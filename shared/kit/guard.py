"""Every route says who may use it; a route that does not is a fault, and a law test walks them all."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

View = TypeVar("View", bound=Callable[..., Any])

SIGNED_IN = "signed-in"


def allow(permission: str) -> Callable[[View], View]:
    """The view needs `permission` (SIGNED_IN: any account)."""

    def mark(view: View) -> View:
        view.allowed = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(why: str) -> Callable[[View], View]:
    """The view is open to anyone, for the reason given."""

    def mark(view: View) -> View:
        view.public = why  # type: ignore[attr-defined]
        return view

    return mark


def classification(view: Callable[..., Any]) -> tuple[str, str] | None:
    """('allow', permission) or ('public', why), or None where the view says nothing."""
    if hasattr(view, "allowed"):
        return "allow", view.allowed
    if hasattr(view, "public"):
        return "public", view.public
    return None


def guard_routes(app: Flask) -> None:
    """Check every request against its view's mark before anything else runs."""

    @app.before_request
    def check() -> ResponseReturnValue | None:
        view = current_app.view_functions.get(request.endpoint or "")
        if view is None or request.endpoint == "static":
            return None
        kind, permission = classification(view) or ("none", "")
        if kind == "public":
            return None
        if kind == "none":
            abort(500, f"route {request.endpoint} says nobody may use it")
        if not current_user.is_authenticated:
            # A part of a page is not exchanged for the sign-in form: the page says that the login is over.
            if request.method == "GET" and request.headers.get("HX-Request") != "true":
                return redirect(url_for("login.form", next=request.full_path.rstrip("?")))
            abort(401)
        if permission != SIGNED_IN and not current_user.may(permission):
            abort(403)
        return None
