"""Rulebook versions: the list, one as a table, a new one from its JSON, a dry run on a contest's figures."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import aliased

from services.county.contest import course
from services.county.contest.stages import shown
from services.county.rulebooks import actions
from services.county.rulebooks.dry_run import NotComparable, dry_run
from services.county.rulebooks.pages import dry_run_view, rulebook_view
from services.county.rulebooks.posting import posted_text
from shared.kit.errors import Absent
from shared.kit.guard import allow
from shared.kit.i18n import in_english
from shared.kit.units import Unit, with_members
from shared.kit.web import db, me, now
from shared.rulebooks import contest_default_bytes

rulebooks = Blueprint("rulebooks", __name__, url_prefix="/rulebooks", template_folder="templates")


@rulebooks.get("")
@allow("rulebook.see")
def index() -> ResponseReturnValue:
    """Every version, newest first."""
    found = [
        (stored, actions.version(db(), stored.hash)[1], actions.used_by(db(), stored.hash))
        for stored in actions.versions(db())
    ]
    return render_template("county/rulebooks.html", versions=found)


@rulebooks.get("/new")
@allow("rulebook.edit")
def new() -> ResponseReturnValue:
    """Paste or upload a version; it begins from an existing one or from the shipped one."""
    digest = request.args.get("from", "")
    text = actions.version(db(), digest)[0].text if digest else contest_default_bytes().decode()
    return render_template("county/rulebook_form.html", text=text, errors=[])


@rulebooks.post("")
@allow("rulebook.edit")
def create() -> ResponseReturnValue:
    """Keep a version; a refused one comes back with the exact place."""
    text = posted_text()
    known = {stored.hash for stored in actions.versions(db())}
    try:
        stored = actions.add_rulebook(db(), me(), text, now())
    except actions.BadRulebook as bad:
        problem = bad.problem_en if in_english() else bad.problem
        words = gettext("位置 %(place)s：%(problem)s", place=bad.place, problem=problem)
        errors = [{"field": "text", "message": words}]
        return render_template("county/rulebook_form.html", text=text, errors=errors), 422
    if stored.hash in known:
        flash(gettext("这一版已经在库里，没有重复保存。"), "info")
    else:
        flash(gettext("规则已保存。版本按内容保存，以后不能改，只能另加一版。"), "success")
    return redirect(url_for("rulebooks.page", digest=stored.hash), 303)


@rulebooks.get("/<digest>")
@allow("rulebook.see")
def page(digest: str) -> ResponseReturnValue:
    """One version as a table people can read."""
    stored, rulebook = actions.version(db(), digest)
    return render_template(
        "county/rulebook.html",
        stored=stored,
        rulebook=rulebook,
        used=actions.used_by(db(), digest),
        contests=course.contests(db()),
        stage_name=course.stage_name,
        **rulebook_view(rulebook),
    )


@rulebooks.get("/<digest>/rulebook.json")
@allow("rulebook.see")
def text(digest: str) -> ResponseReturnValue:
    """The exact text, for the command line or the next version."""
    stored = actions.version(db(), digest)[0]
    name = f"attachment; filename=rulebook-{digest[:12]}.json"
    return Response(stored.text, mimetype="application/json", headers={"Content-Disposition": name})


@rulebooks.get("/<digest>/dry-run")
@allow("rulebook.see")
def try_on(digest: str) -> ResponseReturnValue:
    """What this version would make of a contest's verified figures."""
    contest = shown(db(), _uuid(request.args.get("contest", "")))
    stored, rulebook = actions.version(db(), digest)
    shown_values: dict[str, Any] = {"stored": stored, "rulebook": rulebook, "contest": contest}
    try:
        made = dry_run(db(), contest, digest, _townships_by_village())
    except NotComparable as error:
        problem = str(error) if in_english() else error.message
        return render_template("county/dry_run.html", **shown_values, problem=problem)
    return render_template("county/dry_run.html", **shown_values, problem="", **dry_run_view(made))


def _uuid(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise Absent from None


def _townships_by_village() -> dict[str, str]:
    above = aliased(Unit)
    query = select(Unit.code, above.name).join(above, above.id == Unit.parent_id)
    return {row[0]: row[1] for row in db().execute(query.where(with_members()))}
