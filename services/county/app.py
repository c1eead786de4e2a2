"""The county's web application."""

from flask import Flask
from shared.sync.routes import sync_blueprint

from services.county.desk.routes import desk
from services.county.peers import ACTIONS
from shared.kit.app import NavItem, Portal, make_app
from shared.kit.settings import Settings
from shared.sync.runtime import Runtime, assemble

NAV = (NavItem("工作台", "desk.page", "desk.see"),)


def runtime(settings: Settings) -> Runtime:
    """This tier's node and queue."""
    return assemble(settings, ACTIONS)


def create_app(settings: Settings | None = None) -> Flask:
    """The portal, and the peer interface for the tier below."""
    settings = settings or Settings.from_env("county")
    running = runtime(settings)
    app = make_app(settings, running.database, Portal("county", "县级", NAV, (desk,)))
    peers = sync_blueprint(lambda: running.node)
    app.extensions["sanji.csrf"].exempt(peers)
    app.register_blueprint(peers)
    app.extensions["sanji.runtime"] = running
    return app
