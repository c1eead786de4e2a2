"""Pages of publicity, lock and publication: objections, the typed lock, the result and its editions."""

from io import BytesIO
from typing import Any
from uuid import UUID

from flask import flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.county.contest import course, deciding, editions, listing, next_step, trial_page
from services.county.contest.bundles import published_bundle, written
from services.county.contest.course_views import signer, to
from services.county.contest.models import Contest, Edition, EditionPublished, Objection, Trial
from services.county.contest.records import all_editions, last_trial, township_names
from services.county.contest.results import tier_meanings
from services.county.contest.schemas import AnswerForm, LockForm, number_of, wanted_of
from services.county.contest.stages import shown, steps
from services.county.contest.trial import open_corrections
from services.county.contest.trial_views import excel
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.i18n import in_english, named
from shared.kit.units import Unit
from shared.kit.web import carried, db, form, me, now
from shared.rules.rulebook_values import Rulebook


@allow("contest.see")
def objections(contest_id: UUID) -> ResponseReturnValue:
    """The objections, unanswered first, and the lock with what stands in its way."""
    return _publicity_page(shown(db(), contest_id), [])


def _publicity_page(contest: Contest, errors: list[dict[str, str]]) -> ResponseReturnValue:
    found = deciding.objections(db(), contest.id)
    public = contest.state == "publicity"
    page = render_template(
        "county/objections.html",
        contest=contest,
        steps=steps(db(), contest),
        objections=found,
        townships=township_names(db()),
        waiting=sum(answer is None for _one, answer, _village in found),
        may_answer=me().may("objection.answer"),
        trial=last_trial(db(), contest),
        public=public,
        blocked=next_step.blocked(db(), contest, me(), now()) if public else "",
        back=next_step.step_back(contest, me()) if public else None,
        errors=errors,
    )
    return page, 422 if errors else 200


@allow("contest.see")
def objection(contest_id: UUID, objection_id: UUID) -> ResponseReturnValue:
    """One objection with its village's derivation at hand, and the answer."""
    contest = shown(db(), contest_id)
    return _objection_page(contest, _objection(contest, objection_id), {}, [])


def _objection(contest: Contest, objection_id: UUID) -> Objection:
    found = deciding.objection_by_id(db(), objection_id)
    if found.contest_id != contest.id:
        raise Absent
    return found


def _objection_page(
    contest: Contest, found: Objection, typed: Any, errors: list[dict[str, str]]
) -> ResponseReturnValue:
    trial = last_trial(db(), contest)
    page = render_template(
        "county/objection.html",
        contest=contest,
        objection=found,
        answer=deciding.answer_of(db(), found),
        village=db().get(Unit, found.unit_id),
        township=db().get(Unit, found.township_id),
        why_href=url_for("contest.why", contest_id=contest.id, number=trial.number, village_id=found.unit_id)
        if trial
        else "",
        may_answer=me().may("objection.answer"),
        back=next_step.step_back(contest, me()) if contest.state == "publicity" else None,
        typed=typed,
        errors=errors,
    )
    return page, 422 if errors else 200


@allow("objection.answer")
def answer(contest_id: UUID, objection_id: UUID) -> ResponseReturnValue:
    """Answer once, with reasons; an answer that upholds offers the way back to the trial."""
    contest = course.hold(db(), contest_id)
    found = _objection(contest, objection_id)
    try:
        typed = form(AnswerForm())
    except ValidationError as error:
        return _objection_page(contest, found, request.form, told(error))
    deciding.answer_objection(db(), me(), found, typed["upheld"], typed["answer"], now())
    flash(gettext("已答复，答复正在发往提出的单位。"), "success")
    if typed["upheld"]:
        return to("objection", contest, objection_id=found.id)
    return to("objections", contest)


@allow("contest.lock")
def lock_result(contest_id: UUID) -> ResponseReturnValue:
    """Lock on the typed title of the contest."""
    contest = course.hold(db(), contest_id)
    typed = form(LockForm())["confirmation"]
    if contest.state == "publicity" and typed != contest.title:
        words = gettext("请原样输入竞赛名称“%(title)s”以确认锁定。", title=contest.title)
        return _publicity_page(contest, [{"field": "confirmation", "message": words}])
    editions.lock(db(), me(), contest, typed, signer(), now())
    flash(gettext("已锁定。请另一位同志发布。"), "success")
    return to("result", contest)


@allow("contest.publish")
def publish_result(contest_id: UUID) -> ResponseReturnValue:
    """Publish what another person has locked."""
    contest = course.hold(db(), contest_id)
    editions.publish(db(), me(), contest, signer(), now())
    flash(gettext("已发布，结果正在发往乡镇和支部。"), "success")
    return to("result", contest)


@allow("contest.see")
def result(contest_id: UUID) -> ResponseReturnValue:
    """The edition in force (or the one of the number in the URL), with what each tier proposes."""
    contest = shown(db(), contest_id)
    found = all_editions(db(), contest)
    if not found:
        raise Absent
    edition, published = chosen_edition(found, number_of(request.args, "edition"))
    table = listing.alone(listing.read(db(), contest, db().get_one(Trial, edition.trial_id)))
    view = trial_page.view(table, wanted_of(request.args), ("contest.result", {"edition": edition.number}))
    return render_template(
        "county/result.html",
        **view,
        entry=contest,
        steps=steps(db(), contest),
        edition=edition,
        published=published,
        editions=found,
        tiers=_tiers(table.rulebook),
        waiting=len(open_corrections(db(), contest)),
        on=next_step.step_on(db(), contest, me(), now()),
        export_href=_export_href(contest, edition),
    )


def _tiers(rulebook: Rulebook) -> list[dict[str, Any]]:
    """What each tier proposes, in the reader's language where the rulebook has it."""
    return [
        {
            "number": tier.number,
            "name": named(tier),
            "proposals": _proposals(tier) if in_english() else meaning.proposals,
        }
        for tier, meaning in zip(rulebook.tiers, tier_meanings(rulebook), strict=True)
    ]


def _proposals(tier: Any) -> dict[str, str]:
    one = tier.proposals_en
    return {
        name: getattr(one, name) or getattr(tier.proposals, name)
        for name in ("pay", "appointment", "honours")
    }


def _export_href(contest: Contest, edition: Edition) -> str:
    query = carried("page")
    query["edition"] = str(edition.number)
    return url_for("contest.export_result", contest_id=contest.id, **query)


def chosen_edition(
    found: list[tuple[Edition, EditionPublished | None]], number: int | None
) -> tuple[Edition, EditionPublished | None]:
    """The edition of a number, else the newest; raises Absent."""
    for edition, published in found:
        if number in (None, edition.number):
            return edition, published
    raise Absent


@allow("contest.export")
def export_result(contest_id: UUID) -> ResponseReturnValue:
    """An edition's list as filtered, as Excel."""
    contest = shown(db(), contest_id)
    edition, published = chosen_edition(all_editions(db(), contest), number_of(request.args, "edition"))
    table = listing.read(db(), contest, db().get_one(Trial, edition.trial_id))
    name = gettext("第 %(number)s 版", number=edition.number)
    heading = name if published else gettext("%(edition)s（未发布）", edition=name)
    return excel(table, heading, f"result-{contest.year}-{edition.number}")


@allow("contest.export")
def bundle(contest_id: UUID) -> ResponseReturnValue:
    """The published edition as the file that `sanji contest verify` recomputes."""
    contest = shown(db(), contest_id)
    number = number_of(request.args, "edition")
    document = published_bundle(db(), contest, number)
    found = chosen_edition(all_editions(db(), contest), number)[0]
    name = f"contest-{contest.year}-{found.number}.json"
    return send_file(
        BytesIO(written(document)), mimetype="application/json", as_attachment=True, download_name=name
    )


def refuse_unless_published(contest: Contest) -> None:
    """Corrections are for what is published. Raises Refused."""
    if contest.state != "published":
        raise Refused("发布之后才用更正；公示期内请退回试算。")
