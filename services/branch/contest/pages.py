"""What the result's pages show: the village's own result and why, and the objections raised to it."""

from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_login import current_user

from services.branch.contest.actions import objections
from services.branch.contest.reading import Result
from services.branch.village import note_of, village
from services.branch.wording import day, unit_of
from shared.contracts.documents import IndicatorLine
from shared.kit.clock import civil
from shared.kit.i18n import N_, in_english, named
from shared.kit.web import db, now
from shared.rules.rulebook_values import Rulebook
from shared.sync.contests import OpenContest, contest_years

PROPOSALS = (("pay", N_("待遇")), ("appointment", N_("选拔任用")), ("honours", N_("评先荐优")))
STAGES = {
    "publicity": (N_("公示中"), "amber"),
    "locked": (N_("公示期满，等待公布"), "amber"),
    "reopened": (N_("县里正在重新核算"), "amber"),
    "published": (N_("已公布"), "green"),
}


def result_page(found: Result) -> dict[str, Any]:
    """The village's result: tier, scores, proposals, why, objections."""
    here, mine = found.contest, found.mine
    return {
        **frame(here),
        "contest": _contest(found),
        "result": _standing(found),
        "scores": _scores(found),
        "proposals": _proposals(found),
        "objection": _objection(found),
        "over": found.stage in ("locked", "published"),
        "objections": objections(db(), here.id, village().id),
        "why": _why(found) if found.why else None,
        "reason": found.why.reason if found.why else "",
        "table_href": url_for("results.table", year=here.opened.year),
        "excel_href": url_for("results.excel", year=here.opened.year) if mine and found.why else "",
    }


def frame(here: OpenContest) -> dict[str, Any]:
    """What every page of a contest's result has."""
    return {
        "title": gettext("%(year)s 年竞赛结果", year=here.opened.year),
        "village": village().name,
        "synthetic_note": note_of(here),
        "back": {"label": gettext("工作台"), "href": url_for("desk.page")},
        "years": [
            {"label": year, "href": url_for("results.page", year=year)}
            for year in contest_years(db())
            if year != here.opened.year
        ],
    }


def _contest(found: Result) -> dict[str, Any]:
    words, colour = STAGES[found.stage]
    return {
        "announced_at": found.announced_at,
        "published": found.stage == "published",
        "state_label": gettext(words),
        "state_colour": colour,
        "state_note": _state_note(found),
    }


def _state_note(found: Result) -> str:
    if found.announced.correction_reason:
        return gettext(
            "第 %(edition)s 版，更正理由：%(reason)s",
            edition=found.announced.edition,
            reason=found.announced.correction_reason,
        )
    if found.stage == "publicity" and found.contest.course.objections_until:
        return gettext("公示到 %(day)s", day=day(found.contest.course.objections_until))
    if found.stage == "reopened":
        return gettext("下面是上一次公示的结果，以重新公示的为准")
    return ""


def _standing(found: Result) -> dict[str, Any] | None:
    mine = found.mine
    if mine is None:
        return None
    tier = found.contest.rulebook.tier(mine.tier) if mine.tier else None
    return {
        "tier": {"number": tier.number, "name": named(tier)} if tier else None,
        "rank": mine.rank,
        "of": found.pool,
        "total": mine.score,
        "excluded": mine.excluded,
    }


def _scores(found: Result) -> list[dict[str, Any]]:
    rulebook = found.contest.rulebook
    got = found.mine.categories if found.mine and not found.mine.excluded else {}
    return [
        {"name": named(one), "score": got[one.code], "most": most_of(rulebook, one.code)}
        for one in rulebook.categories
        if one.code in got
    ]


def most_of(rulebook: Rulebook, category: str) -> int:
    """The most points a category can give, in hundredths."""
    return sum(one.weight for one in rulebook.indicators if one.category == category)


def _proposals(found: Result) -> list[dict[str, str]]:
    if found.mine is None or found.mine.tier is None:
        return []
    tier = found.contest.rulebook.tier(found.mine.tier)
    meant, meant_en = tier.proposals, tier.proposals_en
    texts = [
        (title, (in_english() and getattr(meant_en, name)) or getattr(meant, name))
        for name, title in PROPOSALS
    ]
    return [{"title": gettext(title), "text": text} for title, text in texts if text]


def _objection(found: Result) -> dict[str, Any] | None:
    """Whether the village may object now: the address, or why this person cannot; None out of time."""
    course = found.contest.course
    if not course.may_object(civil(now()).date()):
        return None
    until: date | None = course.objections_until
    if not current_user.may("objection.raise"):
        return {"href": "", "blocked": gettext("异议由支部书记提出"), "until": until}
    return {"href": url_for("results.objection"), "blocked": "", "until": until}


def _why(found: Result) -> dict[str, Any]:
    assert found.why is not None
    corrected = sum(line.corrected for line in found.why.lines)
    changed = sum(line.changed for line in found.why.lines) - corrected
    return {
        "plain": found.why.reason,
        "rest": _by_whom(changed, corrected),
        "id": "mine",
        "parts": parts(found),
    }


def _by_whom(verified: int, corrected: int) -> str:
    """How many figures the township changed in verifying, and the county after publication."""
    if verified and corrected:
        return gettext(
            "乡镇核实改了 %(verified)s 项，县级更正改了 %(corrected)s 项，见下表。",
            verified=verified,
            corrected=corrected,
        )
    if corrected:
        return gettext("乡镇核实没有改动，县级更正改了 %(count)s 项，见下表。", count=corrected)
    if verified:
        return gettext("乡镇核实改了 %(count)s 项，见下表。", count=verified)
    return gettext("核实没有改动。")


def parts(found: Result) -> list[dict[str, Any]]:
    """The derivation by category, as ui/table.html's breakdown takes it."""
    assert found.why is not None
    rulebook, lines = found.contest.rulebook, found.why.lines
    return [
        {
            "name": named(one),
            "score": sum(line.points for line in lines if line.category == one.code),
            "lines": [_line(rulebook, line) for line in lines if line.category == one.code],
        }
        for one in rulebook.categories
        if any(line.category == one.code for line in lines)
    ]


def _line(rulebook: Rulebook, line: IndicatorLine) -> dict[str, Any]:
    indicator = rulebook.by_code.get(line.code)
    return {
        "name": named(indicator) if indicator else line.name,
        "unit": unit_of(indicator) if indicator else line.unit,
        "filed": line.filed or None,
        "verified": line.verified or None,
        "changed": line.changed,
        "by": gettext("县级更正") if line.corrected else line.changed_by,
        "reason": line.change_reason,
        "score": line.points,
        "most": line.weight,
    }
