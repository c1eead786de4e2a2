"""The township's web application."""

from flask import Flask

from services.township import current
from services.township.appraisals.routes import appraisals, waiting_filings
from services.township.desk.routes import desk
from services.township.explaining.routes import why
from services.township.objections.routes import objections
from services.township.organisations.classing import classing, organisations
from services.township.organisations.own import organisation
from services.township.organisations.pages import waiting_organisations
from services.township.outcomes.routes import outcomes
from services.township.outcomes.tasks import waiting_outcomes
from services.township.overview.routes import overview
from services.township.results.routes import results
from services.township.role_models.routes import role_models
from services.township.runtime import runtime
from services.township.statements.pages import waiting_count
from services.township.statements.routes import statements
from services.township.verification.routes import verification
from shared.kit.app import NavItem, Portal, make_app
from shared.kit.settings import Settings
from shared.operating.wiring import wire_operating
from shared.sync.routes import sync_blueprint

NAV = (
    NavItem("工作台", "desk.page", "desk.see"),
    NavItem("申报核实", "verification.listing", "return.see", current.waiting),
    NavItem("积分月报", "statements.listing", "statement.see", waiting_count),
    NavItem("党组织积分", "organisations.listing", "organisation.see", waiting_organisations),
    NavItem("年终评议", "appraisals.listing", "appraisal.see", waiting_filings),
    NavItem("结果运用", "outcomes.page", "outcome.see", waiting_outcomes),
    NavItem("总览", "overview.page", "overview.see"),
    NavItem("竞赛结果", "results.own", "result.see"),
    NavItem("英模库", "role_models.index", "library.see"),
    NavItem("异议", "objections.listing", "result.see"),
)
ROOMS = (
    *(
        desk,
        statements,
        appraisals,
        organisations,
        organisation,
        classing,
        overview,
        verification,
        results,
        objections,
    ),
    *(role_models, outcomes, why),
)


def create_app(settings: Settings | None = None) -> Flask:
    """The portal, and the peer interface for the tier below."""
    settings = settings or Settings.from_env("township")
    running = runtime(settings)
    app = make_app(settings, running.database, Portal("township", "乡镇", NAV, ROOMS, current.synthetic_note))
    peers = sync_blueprint(lambda: running.node)
    app.extensions["sanji.csrf"].exempt(peers)
    app.register_blueprint(peers)
    app.extensions["sanji.runtime"] = running
    wire_operating(app, running)
    return app
