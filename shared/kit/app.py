"""The Flask application of one tier, put together from its rooms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from flask import Blueprint, Flask, request, url_for
from flask_babel import gettext
from flask_login import current_user
from flask_wtf import CSRFProtect

from shared.kit.clock import civil
from shared.kit.days import moment_words
from shared.kit.db import Database
from shared.kit.flashes import wire_flashes
from shared.kit.guard import guard_routes
from shared.kit.i18n import in_english, named, wire_languages
from shared.kit.login import wire_login
from shared.kit.own_account import account
from shared.kit.sessions import PostgresSessions
from shared.kit.settings import Settings
from shared.kit.web import NumberedFlask, back_here, wire_requests

MAX_BODY = 16 * 1024 * 1024


@dataclass(frozen=True)
class NavItem:
    """One entry of a portal's header; shown to those who hold the permission."""

    label: str
    endpoint: str
    permission: str
    count: Callable[[], int] | None = None


@dataclass(frozen=True)
class Portal:
    """What makes one tier's portal: its titles, header and rooms."""

    tier: str
    title: str
    nav: Sequence[NavItem]
    rooms: Sequence[Blueprint]
    synthetic_note: Callable[[], str | None] = lambda: None


def make_app(settings: Settings, database: Database, portal: Portal) -> Flask:
    """The application; the caller adds the tier's peer blueprint."""
    kit = files("shared.kit")
    app = NumberedFlask(
        "shared.kit", template_folder=str(kit / "templates"), static_folder=str(kit / "static")
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=f"sanji_{settings.tier}",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=MAX_BODY,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.session_interface = PostgresSessions(database, settings.clock, settings.timeouts)
    app.extensions.update({"sanji.database": database, "sanji.clock": settings.clock, "sanji.portal": portal})
    app.extensions["sanji.settings"] = settings
    app.extensions["sanji.csrf"] = CSRFProtect(app)
    wire_languages(app)
    wire_login(app, database)
    app.register_blueprint(account)
    guard_routes(app)
    wire_requests(app)
    wire_flashes(app)
    for room in portal.rooms:
        app.register_blueprint(room)
    app.context_processor(lambda: _page_values(portal))
    app.jinja_env.filters["moment_words"] = moment_words
    return app


def _page_values(portal: Portal) -> dict[str, Any]:
    values: dict[str, Any] = {
        "tier": portal.tier,
        "tier_title": gettext(portal.title),
        "in_english": in_english(),
        "named": named,
        "civil": civil,
        "nav": [],
        "user": None,
        "back_here": back_here,
        "complaint_url": url_for("login.complaints"),
    }
    if current_user.is_authenticated:
        values["user"] = current_user
        # Who sees only their own rows is a person with a phone, often an old one: large type, large targets.
        values["skin"] = "elder" if current_user.scope.person else ""
        values["user_titles"] = [gettext(title) for title in current_user.titles]
        values["nav"] = [_entry(item) for item in portal.nav if current_user.may(item.permission)]
        values["synthetic_note"] = portal.synthetic_note()
    return values


def _entry(item: NavItem) -> dict[str, Any]:
    room = item.endpoint.split(".")[0]
    return {
        "label": gettext(item.label),
        "href": url_for(item.endpoint),
        "active": request.blueprint == room,
        "count": item.count() if item.count else None,
    }
