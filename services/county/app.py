"""The county's web application."""

from flask import Flask, g
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from services.county.accounts.routes import accounts, waiting_accounts
from services.county.contest.models import Contest
from services.county.contest.routes import contest
from services.county.desk.routes import desk
from services.county.desk.waiting import of_contests
from services.county.exceptions.routes import exceptions
from services.county.explaining.routes import why
from services.county.grades.routes import grades
from services.county.organisations.classing import classing, organisations
from services.county.organisations.routes import classes
from services.county.organisations.tasks import waiting_classes
from services.county.outcomes.routes import outcomes
from services.county.outcomes.tasks import waiting_outcomes
from services.county.overview.routes import overview
from services.county.registry.general_routes import generals
from services.county.registry.routes import log, registry
from services.county.role_models.routes import role_models
from services.county.rulebooks.routes import rulebooks
from services.county.runtime import runtime
from services.county.years.routes import years
from shared.kit.app import NavItem, Portal, make_app
from shared.kit.settings import Settings
from shared.kit.web import db, me, now
from shared.operating.wiring import wire_operating
from shared.sync.routes import sync_blueprint


def waiting_count() -> int:
    """The number beside the contest in the header; none where the database is away (error pages)."""
    try:
        return len(of_contests(db(), me(), now()))
    except SQLAlchemyError:
        return 0


def synthetic_note() -> str | None:
    """The note on generated figures: of the contest shown, else of the newest that has one."""
    try:
        note = g.synthetic_note if "synthetic_note" in g else _newest_note()
    except SQLAlchemyError:
        return None
    return gettext(note) if note else None


def _newest_note() -> str:
    query = select(Contest.synthetic_note).where(Contest.synthetic_note != "")
    return db().scalars(query.order_by(Contest.year.desc()).limit(1)).one_or_none() or ""


NAV = (
    NavItem("工作台", "desk.page", "desk.see"),
    NavItem("分档竞赛", "contest.index", "contest.see", waiting_count),
    NavItem("总览", "overview.page", "overview.see"),
    NavItem("格次", "grades.page", "overview.see"),
    NavItem("积分年度", "years.index", "year.see"),
    NavItem("结果运用", "outcomes.page", "outcome.see", waiting_outcomes),
    NavItem("党组织类别", "classes.page", "organisation.see", waiting_classes),
    NavItem("英模库", "role_models.index", "deed.see"),
    NavItem("规则", "rulebooks.index", "rulebook.see"),
    NavItem("登记", "registry.units", "unit.see"),
    NavItem("账号", "accounts.page", "accounts.see", waiting_accounts),
    NavItem("审计日志", "log.page", "audit.see"),
)
ROOMS = (
    *(desk, contest, exceptions, rulebooks, years, overview, why, grades),
    *(registry, accounts, generals, log, role_models, outcomes, classes, classing, organisations),
)


def create_app(settings: Settings | None = None) -> Flask:
    """The portal, and the peer interface for the tier below."""
    settings = settings or Settings.from_env("county")
    running = runtime(settings)
    app = make_app(settings, running.database, Portal("county", "县级", NAV, ROOMS, synthetic_note))
    peers = sync_blueprint(lambda: running.node)
    app.extensions["sanji.csrf"].exempt(peers)
    app.register_blueprint(peers)
    app.extensions["sanji.runtime"] = running
    wire_operating(app, running)
    return app
