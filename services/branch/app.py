"""The branch's web application."""

from flask import Flask

from services.branch.appraisal.due import waiting_own, waiting_steps
from services.branch.appraisal.routes import appraisal
from services.branch.ballots.pages import waiting_votes
from services.branch.ballots.routes import ballots
from services.branch.ballots.voting import voting
from services.branch.comments.routes import comments, waiting_comments
from services.branch.commitments.routes import commitments
from services.branch.contest.routes import results
from services.branch.desk.routes import desk
from services.branch.explaining.routes import why
from services.branch.generals.pages import waiting_endorsements
from services.branch.generals.routes import generals
from services.branch.organisation.routes import organisation
from services.branch.outcomes.routes import outcomes
from services.branch.outcomes.tasks import waiting_outcomes
from services.branch.own.routes import own
from services.branch.points.routes import points
from services.branch.points.tasks import waiting_claims
from services.branch.ranking.routes import ranking
from services.branch.returns.pages import waiting_here
from services.branch.returns.routes import returns
from services.branch.role_models.routes import role_models
from services.branch.roster.ask_pages import waiting_roster
from services.branch.roster.ask_routes import roster_asks
from services.branch.roster.cards import roster_cards
from services.branch.roster.intake import intake
from services.branch.roster.joining import join
from services.branch.roster.routes import roster
from services.branch.runtime import runtime
from services.branch.transfers.routes import transfers
from services.branch.village import synthetic_note
from shared.kit.app import NavItem, Portal, make_app
from shared.kit.settings import Settings
from shared.operating.wiring import wire_operating

NAV = (
    NavItem("工作台", "desk.page", "desk.see"),
    NavItem("我的积分", "own.home", "own.see"),
    NavItem("我的承诺", "commitments.own", "own.see"),
    NavItem("党总支", "generals.page", "general.see", waiting_endorsements),
    NavItem("村级申报", "returns.page", "return.edit", waiting_here),
    NavItem("积分", "points.review", "points.see", waiting_claims),
    NavItem("排名", "ranking.page", "ranking.see"),
    NavItem("承诺", "commitments.ledger", "commitment.see"),
    NavItem("年终评议", "appraisal.page", "appraisal.hold", waiting_steps),
    NavItem("我的评议", "appraisal.own", "own.see", waiting_own),
    NavItem("测评", "ballots.page", "ballot.cast", waiting_votes),
    NavItem("结果运用", "outcomes.page", "outcome.see", waiting_outcomes),
    NavItem("名册", "roster.page", "roster.see", waiting_roster),
    NavItem("互动点评", "comments.page", "comment.see", waiting_comments),
    NavItem("英模库", "role_models.index", "library.see"),
    NavItem("竞赛结果", "results.page", "result.see"),
)
ROOMS = (
    *(desk, own, comments, commitments, returns, points, ranking, results),
    *(ballots, voting, appraisal, outcomes),
    generals,
    why,
    *(roster, roster_asks, intake, roster_cards, join, transfers),
    organisation,
    role_models,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The portal of village branches."""
    settings = settings or Settings.from_env("branch")
    running = runtime(settings)
    app = make_app(settings, running.database, Portal("branch", "支部", NAV, ROOMS, synthetic_note))
    app.extensions["sanji.runtime"] = running
    wire_operating(app, running)
    return app
