"""The contest's routes as one table; each view carries its own permission."""

from flask import Blueprint

from services.county.contest import correction_views, course_views, result_views, trial_views
from services.county.returns import views as return_views

contest = Blueprint("contest", __name__, url_prefix="/contests", template_folder="templates")
_one = "/<uuid:contest_id>"
_get, _post = ["GET"], ["POST"]

ROUTES = (
    ("", "index", course_views.index, _get),
    ("/new", "new", course_views.new, _get),
    ("", "create", course_views.create, _post),
    (f"{_one}", "overview", course_views.overview, _get),
    (f"{_one}/edit", "edit", course_views.edit, _get),
    (f"{_one}/edit", "amend", course_views.amend, _post),
    (f"{_one}/begin", "begin", course_views.begin, _post),
    (f"{_one}/stage", "move", course_views.move, _post),
    (f"{_one}/history", "history", course_views.history, _get),
    (f"{_one}/returns", "returns", return_views.returns, _get),
    (f"{_one}/returns/<uuid:village_id>", "village_return", return_views.village_return, _get),
    (f"{_one}/returns/<uuid:village_id>/back", "give_back", return_views.give_back, _post),
    (f"{_one}/trial", "trial", trial_views.trial, _get),
    (f"{_one}/trial", "recompute", trial_views.recompute, _post),
    (f"{_one}/trial.xlsx", "export_trial", trial_views.export_trial, _get),
    (f"{_one}/trials/<int(max=2147483647):number>/why/<uuid:village_id>", "why", trial_views.why, _get),
    (f"{_one}/trials/<int(max=2147483647):number>/differences", "differences", trial_views.differences, _get),
    (f"{_one}/ties", "decide_tie", trial_views.decide_tie, _post),
    (f"{_one}/publicity", "go_public", trial_views.go_public, _post),
    (f"{_one}/objections", "objections", result_views.objections, _get),
    (f"{_one}/objections/<uuid:objection_id>", "objection", result_views.objection, _get),
    (f"{_one}/objections/<uuid:objection_id>", "answer", result_views.answer, _post),
    (f"{_one}/lock", "lock_result", result_views.lock_result, _post),
    (f"{_one}/publish", "publish_result", result_views.publish_result, _post),
    (f"{_one}/result", "result", result_views.result, _get),
    (f"{_one}/result.xlsx", "export_result", result_views.export_result, _get),
    (f"{_one}/bundle.json", "bundle", result_views.bundle, _get),
    (f"{_one}/corrections", "corrections", correction_views.preview, _get),
    (f"{_one}/corrections/new", "new_correction", correction_views.new_correction, _get),
    (f"{_one}/corrections", "propose", correction_views.propose, _post),
    (f"{_one}/corrections/confirm", "confirm", correction_views.confirm, _post),
    (f"{_one}/corrections/<uuid:correction_id>/refuse", "refuse", correction_views.refuse, _post),
    (f"{_one}/corrections/<uuid:correction_id>/withdraw", "withdraw", correction_views.withdraw, _post),
)
for rule, name, view, methods in ROUTES:
    contest.add_url_rule(rule, name, view, methods=methods)
