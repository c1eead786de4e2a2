"""What waits at the branch, most urgent first; what waits elsewhere; what happened last."""

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext

from services.branch.appraisal.due import step_things
from services.branch.appraisal.tasks import desk_things as settling_things
from services.branch.authority import NEEDED
from services.branch.contest.actions import objections
from services.branch.contest.reading import Result, result_of
from services.branch.delivery import delivery, told
from services.branch.generals.desk import desk_things
from services.branch.generals.wording import nobody
from services.branch.organisation.routes import desk_things as organisation_things
from services.branch.outcomes.tasks import desk_things as outcome_things
from services.branch.own.pages import owed_things
from services.branch.points.tasks import desk_things as point_things
from services.branch.returns.history import closed_words, events, state_words
from services.branch.returns.pages import filled, standing
from services.branch.returns.reading import ReturnStatus, attempts, late_by_leave, may_file, verdicts
from services.branch.roster.ask_pages import desk_things as roster_things
from services.branch.village import village
from services.branch.wording import day, leave_words, moment
from shared.kit.absence import absence
from shared.kit.clock import civil
from shared.kit.i18n import N_, named
from shared.kit.units import Unit
from shared.kit.web import db, me, now
from shared.sync.authority import own_gaps
from shared.sync.contests import OpenContest

STEPS = (
    ("collecting", N_("申报")),
    ("verifying", N_("核实")),
    ("trial", N_("排名")),
    ("publicity", N_("公示")),
    ("locked", N_("锁定")),
    ("published", N_("公布")),
)
SHOWN = 4
VILLAGE_ABSENT = N_("本村%(absence)s。已经报告镇里，请镇里补设账号。")
GENERAL_ABSENT = N_("本党总支%(absence)s。已经报告镇里，请镇里补设账号。")


def desk_page() -> dict[str, Any]:
    """The desk of the asker's village."""
    unit = village()
    found = None if unit.is_general else standing()
    heading = {"title": gettext("工作台"), "note": unit.name, "absences": _absences(unit)}
    sync = told(delivery(db(), unit.id), now())
    mine, others = desk_things(unit)
    mine += (
        settling_things()
        + roster_things()
        + point_things()
        + step_things()
        + _owed()
        + organisation_things()
        + outcome_things()
    )
    for thing in mine[1:]:
        thing["main"] = False
    if found is None:
        waiting = {"waiting": mine, "elsewhere": others}
        return {"heading": heading, "contest": None, "general": unit.is_general, "sync": sync, **waiting}
    here, current = found
    result = result_of(db(), here, unit.id)
    waiting, elsewhere = _things(here, current, result)
    return {
        "heading": heading,
        "contest": here.opened.title,
        "waiting": [*waiting, *(dict(one, main=one["main"] and not waiting) for one in mine)],
        "elsewhere": [*elsewhere, *others],
        "stages": _stages(here, result),
        "recent": _recent(here, result),
        "sync": sync,
    }


def _owed() -> list[dict[str, Any]]:
    """What somebody who works for the branch owes as a member of it."""
    return [
        {"title": one["words"], "detail": "", "href": one["href"], "action": one["action"], "main": True}
        for one in (owed_things() if me().person_id else [])
    ]


def _absences(unit: Unit) -> list[str]:
    """That nobody here can file or endorse, or nobody at the general branch; the township is told of it."""
    words = GENERAL_ABSENT if unit.is_general else VILLAGE_ABSENT
    above = nobody(db(), unit)
    return [above] * bool(above) + [
        gettext(words, absence=absence(gap.missing, gap.since, now()))
        for gap in own_gaps(db(), [unit], NEEDED, now())
    ]


def _things(
    here: OpenContest, current: ReturnStatus, result: Result | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What this village must do now, and what it waits for."""
    if result is not None:
        return _of_result(result)
    if current.open:
        thing = _of_open_return(here, current)
        return ([thing], []) if thing["main"] else ([], [thing])
    return [], [_of_filed_return(here, current)]


def _of_open_return(here: OpenContest, current: ReturnStatus) -> dict[str, Any]:
    if not may_file(here, current, now()):
        return {
            "title": gettext("%(year)s 年村级申报没有报上", year=here.opened.year),
            "detail": closed_words(here, current),
            "href": url_for("returns.history"),
            "action": gettext("查看"),
            "main": False,
        }
    if current.sent_back is not None:
        return _of_sent_back(here, current)
    values = current.attempt.values if current.attempt else {}
    begun = bool(values)
    progress = gettext(
        "已填 %(filled)s／%(total)s 项",
        filled=filled(here.rulebook, values),
        total=len(here.rulebook.indicators),
    )
    return {
        "title": gettext("填 %(year)s 年村级申报表", year=here.opened.year),
        "detail": f"{progress} · {_deadline(here, current)}",
        "href": url_for("returns.page"),
        "action": gettext("接着填") if begun else gettext("去填"),
        "main": True,
    }


def _of_sent_back(here: OpenContest, current: ReturnStatus) -> dict[str, Any]:
    said = current.sent_back
    assert said is not None
    return {
        "title": gettext("%(year)s 年村级申报被镇里退回", year=here.opened.year),
        "detail": f"{said.reason} {said.by} · {moment(said.at)}",
        "href": url_for("returns.page"),
        "action": gettext("去改"),
        "main": True,
    }


def _deadline(here: OpenContest, current: ReturnStatus) -> str:
    leave = late_by_leave(here, current, now())
    if leave is not None:
        return leave_words(leave)
    until = here.course.filing_until
    left = (until - civil(now()).date()).days
    if left == 0:
        return gettext("今天截止")
    return gettext("%(day)s截止，还剩 %(days)s 天", day=day(until), days=left)


def _of_filed_return(here: OpenContest, current: ReturnStatus) -> dict[str, Any]:
    assert current.attempt is not None
    at = current.verdict.at if current.verdict else current.attempt.filed_at
    who = current.verdict.by if current.verdict else current.attempt.filed_by
    return {
        "title": state_words(current.state)["label"],
        "detail": f"{who} · {moment(at)}" if at else who,
        "href": url_for("returns.page"),
        "action": gettext("查看"),
        "main": False,
    }


def _of_result(result: Result) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    tier = result.contest.rulebook.tier(result.mine.tier) if result.mine and result.mine.tier else None
    name = named(tier) if tier else gettext("没有档次")
    thing = {"href": url_for("results.page"), "action": gettext("查看"), "main": False}
    year = result.contest.opened.year
    if result.stage == "publicity":
        thing |= {"title": gettext("%(year)s 年结果正在公示，本村：%(tier)s", year=year, tier=name)}
        return [{**thing, "detail": _publicity(result), "main": True}], []
    if result.stage == "published":
        thing |= {"title": gettext("%(year)s 年结果已公布，本村：%(tier)s", year=year, tier=name)}
        return [], [{**thing, "detail": gettext("可以看为什么是这一档、对村干部的建议")}]
    words = {
        "locked": N_("公示期满，等县里公布结果"),
        "reopened": N_("县里正在重新核算，等重新公示"),
    }
    return [], [{**thing, "title": gettext(words[result.stage]), "detail": ""}]


def _publicity(result: Result) -> str:
    course = result.contest.course
    if not course.may_object(civil(now()).date()) or course.objections_until is None:
        return gettext("公示期已满")
    if not me().may("objection.raise"):
        return gettext("公示到 %(day)s；有异议请支部书记提出", day=day(course.objections_until))
    return gettext("公示到 %(day)s，有疑问可以提出异议", day=day(course.objections_until))


def _stages(here: OpenContest, result: Result | None) -> list[dict[str, str]]:
    """The contest's steps with the one under way; none is once the result is published."""
    names = [name for name, _label in STEPS]
    at = names.index(here.course.stage) if here.course.stage in names else 0
    over = result is not None and result.stage == "published"
    dates = {"collecting": here.course.filing_until, "verifying": here.course.verifying_until}
    dates["publicity"] = here.course.objections_until or dates["verifying"]
    return [
        {
            "label": gettext(label),
            "note": gettext("到 %(day)s", day=day(dates[name])) if number == at and name in dates else "",
            "state": "done" if number < at or over else "current" if number == at else "todo",
        }
        for number, (name, label) in enumerate(STEPS)
    ]


def _recent(here: OpenContest, result: Result | None) -> list[dict[str, Any]]:
    """The newest events of this contest at this village."""
    session, unit = db(), village()
    tried, said = attempts(session, here.id, unit.id), verdicts(session, here.id, unit.id)
    found = [{"text": one["text"], "when": one["when"]} for one in events(here.rulebook, tried, said)]
    for objection, answer in objections(session, here.id, unit.id):
        found.append({"text": gettext("提出异议：%(text)s", text=objection.text), "when": objection.at})
        if answer is not None:
            found.append({"text": gettext("县里答复异议：%(text)s", text=answer.answer), "when": answer.at})
    if result is not None:
        words = gettext("县里公布结果") if result.stage == "published" else gettext("县里公示结果")
        found.append({"text": words, "when": result.announced_at})
    found.append({"text": gettext("县里开始竞赛"), "when": datetime.fromisoformat(here.opened.opened_at)})
    return sorted(found, key=lambda one: one["when"], reverse=True)[:SHOWN]
