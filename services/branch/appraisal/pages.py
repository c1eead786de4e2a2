"""What the pages of the appraisal show: the steps, words on members, the grading, a member's own."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import select

from services.branch.appraisal.brought import brought_result, brought_rows
from services.branch.appraisal.grading import TURNS, run_lines, still_stands
from services.branch.appraisal.models import (
    Feedback,
    GradeLine,
    GradeObjection,
    GradingRun,
    MemberBase,
    MemberWord,
    Publicity,
    Rectification,
    SelfReport,
)
from services.branch.appraisal.put_right import put_right
from services.branch.appraisal.results import grade_name, grade_row, result
from services.branch.appraisal.settling import asked
from services.branch.appraisal.standing import verdict_of
from services.branch.appraisal.state import (
    RuleRefused,
    box_at,
    facts,
    newest_filing,
    newest_run,
    publicity_of,
    round_of,
    steps_of,
    subjects,
)
from services.branch.appraisal.steps import PROBLEM_STEPS
from services.branch.commitments.models import Problem
from services.branch.generals.wording import general_name
from services.branch.roster.models import Member
from services.branch.village import village
from services.branch.wording import moment
from shared.kit.clock import civil
from shared.kit.errors import Refused
from shared.kit.i18n import N_, in_english, named
from shared.kit.persons import same_person
from shared.kit.web import db, me, now
from shared.rules.appraisal import may_close, next_step
from shared.sync.asked_year import year

FOUND_BY = {"self": N_("自己查摆"), "organisation": N_("组织指出"), "people": N_("群众反映")}
KINDS = ("check", "opinion")
# Where the work of a step is done.
WORK = {
    "december_statement": ("points.months", N_("去办积分月报")),
    "self_report": ("appraisal.members", N_("看谁还没有述职")),
    "organisation_check": ("appraisal.words_of_check", N_("填组织核查结论")),
    "members_ballot": ("ballots.page", N_("去票箱")),
    "mass_review": ("ballots.page", N_("去票箱")),
    "opinion": ("appraisal.words_of_opinion", N_("填支部意见")),
    "appraisal_points": ("appraisal.grades", N_("去核算")),
    "publicity": ("appraisal.grades", N_("去公示")),
    "township_confirmation": ("appraisal.grades", N_("去上报")),
    "feedback": ("appraisal.members", N_("看谁还没有签收")),
    "outcomes": ("outcomes.page", N_("去办结果运用")),
    "next_base": ("appraisal.grades", N_("去结转")),
    "rectification": ("appraisal.members", N_("看整改情况")),
}


def said(refused: Refused) -> list[dict[str, str]]:
    """A refusal as the error summary takes it; a rule's own words in the reader's language."""
    if isinstance(refused, RuleRefused):
        return [{"field": "", "message": refused.english if in_english() else refused.message}]
    return [{"field": "", "message": gettext(refused.message) % refused.values}]


def steps_page(errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """The year's steps: closed by whom, the one to be closed next with what is missing."""
    here = year()
    closed = steps_of(db(), village().id, here.year)
    due = next_step(here.appraisal, frozenset(closed))
    refusal = (
        may_close(here.appraisal, due.code, facts(db(), village().id, here, due.code, now(), closed))
        if due
        else None
    )
    work = WORK.get(due.code) if due else None
    return {
        "year": here.year,
        "unit": village().name,
        "round": round_of(db(), village().id, here.year),
        "steps": [
            {
                "label": named(one),
                "done": one.code in closed,
                "current": one is due,
                "note": _who(closed[one.code]) if one.code in closed else "",
            }
            for one in here.appraisal.steps
        ],
        "due": due,
        "due_name": named(due) if due else "",
        "may_skip": due is not None and due.may_skip and not box_at(db(), village().id, here, due.code),
        "barred": (refusal.message_en if in_english() else refusal.message) if refusal else "",
        "work": {"href": url_for(work[0], year=here.year), "label": gettext(work[1])} if work else None,
        "verdict": verdict_of(here.year),
        "asked": asked(db(), village().id, here.year),
        "may_settle": "next_base" in closed and here.closed is None,
        "typed": request.form,
        "errors": list(errors),
    }


def _who(step: Any) -> str:
    if step.skipped:
        return str(gettext("省略，%(who)s，理由：%(text)s", who=step.by, text=step.reason))
    return f"{step.by} {moment(step.at)}"


def members_page() -> dict[str, Any]:
    """Everybody appraised, with what is there and what is missing."""
    here = year()
    everyone = subjects(db(), village().id, here, now())
    reports = _by_member(SelfReport, here.year)
    signed, words = _by_member(Feedback, here.year), _words(here.year)
    problems = _problems(here.year)
    return {
        "brought": brought_rows(),
        "year": here.year,
        "rows": [
            {
                "name": one.name,
                "number": one.number,
                "href": url_for("appraisal.member", member_id=one.id),
                "report": one.id in reports,
                "check": (one.id, "check") in words,
                "opinion": (one.id, "opinion") in words,
                "signed": one.id in signed,
                "open": sum(row["member_id"] == one.id and not row["settled"] for row in problems),
            }
            for one in everyone
        ],
    }


def _by_member(table: Any, of_year: int) -> dict[UUID, Any]:
    query = select(table).where(table.unit_id == village().id, table.year == of_year)
    return {one.member_id: one for one in db().scalars(query)}


def _words(of_year: int) -> dict[tuple[UUID, str], MemberWord]:
    query = select(MemberWord).where(MemberWord.unit_id == village().id, MemberWord.year == of_year)
    return {(one.member_id, one.kind): one for one in db().scalars(query)}


def _problems(of_year: int, member_id: UUID | None = None) -> list[dict[str, Any]]:
    query = (
        select(Problem, Rectification)
        .outerjoin(Rectification, Rectification.problem_id == Problem.id)
        .where(Problem.unit_id == village().id, Problem.year == of_year, Problem.member_id.is_not(None))
        .order_by(Problem.at)
    )
    if member_id is not None:
        query = query.where(Problem.member_id == member_id)
    rows = [(row[0], row[1]) for row in db().execute(query)]
    return [_problem(problem, right) for problem, right in rows]


def _problem(problem: Problem, right: Rectification | None) -> dict[str, Any]:
    return {
        "id": problem.id,
        "member_id": problem.member_id,
        "text": problem.text,
        "found_by": gettext(FOUND_BY[problem.found_by]),
        "done": right.done if right else "",
        "done_by": right.done_by if right else "",
        "settled": right is not None and right.settled_at is not None,
        "settled_by": right.settled_by if right else "",
        "may_settle": right is not None
        and right.settled_at is None
        and me().may("appraisal.hold")
        and not same_person(db(), me(), right.done_by_id, right.done_by)
        and problem.member_id != me().person_id,
    }


def words_page(kind: str, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """Findings or opinions on everybody, on one page; one's own is left to somebody else."""
    here = year()
    rulebook, words = here.appraisal, _words(here.year)
    codes = rulebook.check.choices if kind == "check" else rulebook.grades
    reports = _by_member(SelfReport, here.year)
    rows = []
    for one in subjects(db(), village().id, here, now()):
        word = words.get((one.id, kind))
        chosen = request.form.get(f"code-{one.id}", word.code if word else "")
        report = reports.get(one.id)
        rows.append(
            {
                "id": one.id,
                "name": one.name,
                "own": one.id == me().person_id,
                "report": report.text if report else "",
                "options": [
                    {"value": code.code, "label": named(code), "selected": code.code == chosen}
                    for code in codes
                ],
                "chosen": chosen,
                "reason": request.form.get(f"reason-{one.id}", word.reason if word else ""),
                "who": word.by if word else "",
            }
        )
    return {
        "kind": kind,
        "title": gettext("组织核查") if kind == "check" else gettext("支部意见"),
        "rows": rows,
        "errors": list(errors),
    }


def member_page(member: Member, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """One member: report, problems, words, result; what the branch may do for them now."""
    here = year()
    due = _due()
    return {
        **_about(member),
        "member": member,
        "may_report": due in ("december_statement", "self_report"),
        "may_find": due in ("december_statement", *PROBLEM_STEPS) and member.id != me().person_id,
        "may_sign": due == "feedback" and not db().get(Feedback, (member.unit_id, here.year, member.id)),
        "typed": request.form,
        "errors": list(errors),
    }


def _due() -> str:
    step = next_step(year().appraisal, frozenset(steps_of(db(), village().id, year().year)))
    return step.code if step else ""


def _about(member: Member) -> dict[str, Any]:
    here = year()
    words = _words(here.year)
    run = newest_run(db(), village().id, here.year)
    line = db().get(GradeLine, (run.id, member.id)) if run else None
    base = db().get(MemberBase, (member.unit_id, member.id, here.year + 1))
    since = put_right(db(), run, [member.id])
    return {
        "year": here.year,
        "report": db().get(SelfReport, (member.unit_id, here.year, member.id)),
        "problems": _problems(here.year, member.id),
        "words": [_word(words[member.id, kind]) for kind in KINDS if (member.id, kind) in words],
        "result": result(line, since) if line else None,
        "signed": db().get(Feedback, (member.unit_id, here.year, member.id)),
        "base": base,
        "base_since": since.next_base(member.id),
        "carry": here.appraisal.carry.percent // 100,
        "carry_of": base and (base.from_total if here.appraisal.carry.of == "total" else base.from_earned),
    }


def _word(word: MemberWord) -> dict[str, str]:
    rulebook = year().appraisal
    if word.kind == "check":
        label, said_of = gettext("组织核查"), named(rulebook.check.by_code[word.code])
    else:
        label, said_of = gettext("支部意见"), grade_name(word.code)
    return {"label": label, "said": said_of, "reason": word.reason, "who": word.by}


def grades_page(errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """The grading: worked out, equals decided, made public, sent up, carried on."""
    here = year()
    run, due = newest_run(db(), village().id, here.year), _due()
    shown = publicity_of(db(), run)
    filing = newest_filing(db(), village().id, here.year)
    names = {str(one.id): one.name for one in subjects(db(), village().id, here, now())}
    lines = run_lines(db(), run) if run else []
    since = put_right(db(), run, [member.id for _line, member in lines])
    return {
        "year": here.year,
        "due": due,
        "run": run,
        "rows": [grade_row(line, member, since) for line, member in lines],
        "outdated": _outdated(run, due),
        "ties": _ties(run, names) if due in TURNS and shown is None else [],
        "publicity": shown,
        "publicity_days": here.appraisal.publicity_days,
        "objections": _objections(run, names),
        "filed": bool(run and filing and filing[0].run_id == run.id),
        "general": general_name(db(), village()) if village().general_id else "",
        "verdict": verdict_of(here.year),
        "carried": bool(_by_member(MemberBase, here.year + 1)),
        "errors": list(errors),
    }


def _outdated(run: GradingRun | None, due: str) -> bool:
    """Whether roster or points have moved since the run that would be made public."""
    if run is None or due != "publicity" or publicity_of(db(), run) is not None:
        return False
    return not still_stands(db(), village().id, year(), run, now())


def _ties(run: GradingRun | None, names: Mapping[str, str]) -> list[dict[str, Any]]:
    blocks = run.undecided if run else []
    return [
        {
            "seats": block["seats"],
            "places": [
                [{"value": one, "label": names.get(one, ""), "selected": place == at} for at, one in members]
                for place, _one in members
            ],
        }
        for block in blocks
        for members in [list(enumerate(block["members"]))]
    ]


def _objections(run: GradingRun | None, names: Mapping[str, str]) -> list[dict[str, Any]]:
    if run is None:
        return []
    query = select(GradeObjection).where(GradeObjection.run_id == run.id).order_by(GradeObjection.at)
    return [
        {
            "id": one.id,
            "name": names.get(str(one.member_id), ""),
            "text": one.text,
            "at": one.at,
            "answer": one.answer,
            "who": one.answered_by,
            "own": one.member_id == me().person_id,
        }
        for one in db().scalars(query)
    ]


def own_page(member: Member, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """A member's own appraisal; the result once it is public."""
    here = year()
    run, due = newest_run(db(), village().id, here.year), _due()
    shown = publicity_of(db(), run)
    today: date = civil(now()).date()
    showing = shown is not None and today <= shown.until
    about = _about(member)
    # Who came after the year was over is appraised where he was.
    here_too = any(one.id == member.id for one in subjects(db(), village().id, here, now()))
    return {
        **about,
        "member": member,
        "words": about["words"] if shown else [],
        "result": about["result"] if shown else None,
        "brought": None if about["result"] else brought_result(member),
        "may_report": here_too and due in ("december_statement", "self_report"),
        "may_find": here_too and due in ("december_statement", *PROBLEM_STEPS),
        "may_object": showing,
        "may_sign": here_too and due == "feedback" and about["signed"] is None,
        "publicity": shown,
        "public": _public(shown, member, about["result"]) if shown and showing else [],
        "objections": _objections(run, {}),
        "typed": request.form,
        "errors": list(errors),
    }


def _public(shown: Publicity, member: Member, own: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Everybody's total and grade, for the days of the publicity only; one's own as they stand now."""
    rows = [{**one, "grade": grade_name(one["grade"])} for one in shown.shown]
    now_so = {"total": own["total"], "grade": own["grade"]} if own else {}
    return [{**one, **now_so} if one["number"] == member.number else one for one in rows]
