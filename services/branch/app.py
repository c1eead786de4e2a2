"""The branch's web application."""

from flask import Flask

from services.branch.desk.routes import desk
from services.branch.peers import ACTIONS
from shared.kit.app import NavItem, Portal, make_app
from shared.kit.settings import Settings
from shared.sync.runtime import Runtime, assemble

NAV = (NavItem("工作台", "desk.page", "desk.see"),)


def runtime(settings: Settings) -> Runtime:
    """This tier's node and queue."""
    return assemble(settings, ACTIONS)


def create_app(settings: Settings | None = None) -> Flask:
    """The portal of village branches."""
    settings = settings or Settings.from_env("branch")
    running = runtime(settings)
    app = make_app(settings, running.database, Portal("branch", "支部", NAV, (desk,)))
    app.extensions["sanji.runtime"] = running
    return app
