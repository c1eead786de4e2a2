"""What the branch's pages of points show: claims in order of work, months and their lines."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import g, url_for
from flask_babel import gettext

from services.branch.colleagues import has_colleague
from services.branch.generals.models import Endorsement
from services.branch.generals.submitting import Standing, require_settled, unsent
from services.branch.generals.wording import at_branch, general_name, nobody
from services.branch.points import closing, deciding
from services.branch.points.models import Statement, StatementVerdict
from services.branch.points.reading import (
    MOST_SHOWN,
    ClaimRow,
    claim_rows,
    counts,
    lines,
    statements,
    with_general,
)
from services.branch.roster.pages import chosen_group, group_select
from services.branch.roster.reading import group_names
from services.branch.village import village
from services.branch.wording import day
from shared.kit.clock import civil
from shared.kit.errors import Refused
from shared.kit.i18n import N_, in_english, named
from shared.kit.web import db, me, now
from shared.rules.points.scheme_values import Item
from shared.sync.asked_year import year
from shared.sync.years import MemberYear

STATES = (
    ("waiting", N_("待审核")),
    ("approved", N_("已通过")),
    ("returned", N_("已退回")),
    ("struck", N_("已冲销")),
    ("withdrawn", N_("已撤回")),
)
FLAGS = {
    "same_day": N_("同一天已报过这一项（%(day)s）"),
    "alike": N_("与 %(day)s 的申报内容相近"),
    "put_right": N_("%(day)s 退回过，本人已改好再报"),
}
VERDICTS = {
    "": (N_("已上报，等乡镇受理"), ""),
    "accepted": (N_("乡镇已受理"), ""),
    "sent_back": (N_("乡镇已退回"), "red"),
    "approved": (N_("乡镇已批准"), "green"),
}


def review_page(state: str = "waiting", errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """Claims of one state. What waits: those to be looked at first, then the clean ones by category."""
    here = year()
    names = group_names(db(), village().id)
    group = chosen_group(names)
    rows = claim_rows(db(), village().id, here, state, group=group, newest_first=state != "waiting")
    found = counts(db(), village().id, here.year)
    return {
        "heading": {
            "title": gettext("积分审核"),
            "note": gettext("%(unit)s，%(year)s 年", unit=village().name, year=here.year),
        },
        "year": here.year,
        "state": state,
        "groups": _groups(rows) if state == "waiting" else [_plain(state, rows)],
        "chips": [_chip(name, words, state, group, found) for name, words in STATES],
        "selects": [group_select(names, group)] if names else [],
        "deciding": me().may("claim.review") and state in ("waiting", "approved"),
        "too_late_to_return": state == "waiting" and civil(now()).date() >= here.late_until,
        "cut": len(rows) == MOST_SHOWN and MOST_SHOWN,
        "errors": list(errors),
    }


def _chip(name: str, words: str, state: str, group: str, found: Mapping[str, int]) -> dict[str, Any]:
    href = url_for("points.review", state=name if name != "waiting" else None, group=group or None)
    return {"label": gettext(words), "count": found.get(name, 0), "href": href, "active": name == state}


def _groups(rows: Sequence[ClaimRow]) -> list[dict[str, Any]]:
    groups = []
    eye = [row for row in rows if row.doubtful]
    if eye:
        groups.append(
            {
                "key": "eye",
                "colour": "amber",
                "label": gettext("请您看一看"),
                "count": len(eye),
                "note": gettext("重复、相近、要定分数或扣分的，逐条勾选"),
                "rows": [claim_row(row) for row in eye],
            }
        )
    for code, name in _categories(rows):
        clean = [row for row in rows if row.claim.category == code and not row.doubtful]
        if clean:
            groups.append(
                {
                    "key": code,
                    "colour": "green",
                    "label": name,
                    "count": len(clean),
                    "note": "",
                    "select": True,
                    "select_label": gettext("全选这 %(count)s 条", count=len(clean)),
                    "rows": [claim_row(row) for row in clean],
                }
            )
    return groups


def _categories(rows: Sequence[ClaimRow]) -> list[tuple[str, str]]:
    """Category codes and names in the scheme's order, each once."""
    found = {category.code: named(category) for row in rows for category in row.scheme.categories}
    return list(found.items())


def _plain(state: str, rows: Sequence[ClaimRow]) -> dict[str, Any]:
    label = gettext(dict(STATES)[state])
    shown = [claim_row(row) for row in rows]
    return {"key": state, "label": label, "count": len(rows), "note": "", "rows": shown}


def claim_row(row: ClaimRow) -> dict[str, Any]:
    """One claim as its row shows it."""
    claim, own = row.claim, row.claim.member_id == me().person_id
    filed = claim.state == "waiting" and deciding.filed_by_himself(db(), me(), claim) and _somebody_else()
    return {
        "id": claim.id,
        "version": claim.version,
        "name": row.member.name,
        "group_name": row.member.party_group,
        "number": claim.number,
        "item": named(row.item),
        "day": day(claim.day),
        "amount": points_words(row.item, claim.times),
        "what": claim.what,
        "witness": claim.witness,
        "points": _signed(row, claim.points if claim.points is not None else claim.asked),
        "flags": [_flag_words(one) for one in claim.flags],
        "range": _range(row) if row.item.ranged and claim.state == "waiting" else None,
        "reply": claim.reply,
        "proxy": claim.proxy,
        "reason": claim.reason,
        "who": claim.decided_by or claim.filed_by,
        "when": claim.decided_at or claim.filed_at,
        "stated": claim.stated_in is not None,
        "own": own,
        "filed": filed,
        "state": claim.state,
        "selectable": me().may("claim.review")
        and not (own or filed)
        and claim.state in ("waiting", "approved"),
        "group": "eye" if row.doubtful else claim.category,
    }


def _somebody_else() -> bool:
    """Whether the branch has another who reviews; asked once a page."""
    if "colleague" not in g:
        g.colleague = has_colleague(db(), village(), me(), deciding.REVIEW)
    return bool(g.colleague)


def _flag_words(flag: Mapping[str, str]) -> str:
    words = FLAGS[flag["code"]]
    return gettext(words, day=flag["day"])


def _signed(row: ClaimRow, points: int) -> int:
    return -points if row.deduction else points


def _range(row: ClaimRow) -> dict[str, int]:
    times = row.claim.times
    return {"least": row.item.points * times, "most": row.item.most * times}


def points_words(item: Item, times: int) -> str:
    """'2 户', or nothing where it was done once."""
    unit = item.unit_en if in_english() and item.unit_en else item.unit
    return f"{times} {unit}" if times > 1 else ""


def months_page() -> dict[str, Any]:
    """The year's months: closed, to be closed now, still to come."""
    here = year()
    due = closing.next_month(db(), village().id, here.year)
    by_month: dict[int, list[tuple[Statement, StatementVerdict | None]]] = {}
    for found in statements(db(), village().id, here.year):
        by_month.setdefault(found[0].month, []).append(found)
    standing = with_general(db(), [parts[-1][0] for parts in by_month.values()])
    today = civil(now()).date()
    rows = []
    for month in range(1, 13):
        over = here.closes_from(month) <= today
        rows.append(
            _month_row(here.year, month, by_month.get(month, []), standing, due=month == due and over)
        )
    return {
        "heading": {
            "title": gettext("积分月报"),
            "note": gettext("%(unit)s，%(year)s 年", unit=village().name, year=here.year),
        },
        "rows": rows,
        "passing": len(unsent(db(), [village().id])) if village().general_id is None else 0,
        "year": here.year,
    }


def _month_row(
    shown_year: int,
    month: int,
    parts: Sequence[tuple[Statement, StatementVerdict | None]],
    standing: Mapping[UUID, Standing],
    *,
    due: bool,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "month": month,
        "label": gettext("%(month)s 月", month=month),
        "href": url_for("points.month", month=month, year=shown_year) if parts or due else "",
        "due": due,
        "total": sum(one.total for one, _ in parts) if parts else None,
        "members": parts[0][0].members if parts else None,
        "who": "",
        "when": None,
        "state": gettext("该结账了") if due else "—",
        "colour": "amber" if due else "",
    }
    if parts:
        statement, verdict = parts[-1]
        words, row["colour"] = _state(verdict, standing.get(statement.id))
        row |= {"state": words, "who": statement.closed_by, "when": statement.closed_at}
    return row


def _state(verdict: StatementVerdict | None, standing: Standing | None) -> tuple[str, str]:
    """The township's word, before it the general branch's."""
    if verdict is None and standing is not None:
        return at_branch(standing)
    words, colour = VERDICTS[verdict.verdict if verdict else ""]
    return gettext(words), colour


def month_page(month: int, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """One month: its lines where it is closed, else what closing it would post."""
    here = year()
    parts = [one for one in statements(db(), village().id, here.year) if one[0].month == month]
    back = closing.sent_back(db(), village().id, here.year, month)
    standing = with_general(db(), [one for one, _verdict in parts])
    preview = [] if parts and back is None else closing.preview(db(), village(), here, month)
    return {
        "heading": {
            "title": gettext("%(year)s 年 %(month)s 月积分月报", year=here.year, month=month),
            "note": village().name,
        },
        "crumb": {"label": gettext("积分月报"), "href": url_for("points.months", year=here.year)},
        "year": here.year,
        "month": month,
        "parts": [_part(one, verdict, standing.get(one.id)) for one, verdict in parts],
        "lines": _lines([one.id for one, _ in parts]),
        "preview": [_preview_line(member, line) for member, line in preview],
        "categories": [(one.code, named(one)) for one in _all_categories()],
        "back": back,
        "back_from": _from(back),
        "general": general_name(db(), village()) if village().general_id else "",
        "nobody": nobody(db(), village()) if parts else "",
        "may_close": me().may("month.close") and (not parts or back is not None),
        "barred": _barred(here, month),
        "errors": list(errors),
    }


def _barred(here: MemberYear, month: int) -> str:
    """Why this month cannot be closed now, or ''."""
    if (early := closing.too_early(here, month, now())) is not None:
        return gettext(early.message) % early.values
    try:
        require_settled(db(), village(), here.year, month)
    except Refused as refused:
        return gettext(refused.message) % refused.values
    if waiting := closing.undecided(db(), village().id, here, month):
        return gettext("还有 %(count)s 条申报没有审核", count=waiting)
    return ""


def _all_categories() -> Sequence[Any]:
    return next(iter(year().by_field.values())).categories


def _from(back: StatementVerdict | Endorsement | None) -> str:
    """Who sent it back, as the page's heading says it."""
    if isinstance(back, Endorsement):
        return gettext("党总支退回了这个月的月报")
    return gettext("乡镇退回了这个月的月报")


def _part(
    statement: Statement, verdict: StatementVerdict | None, standing: Standing | None
) -> dict[str, Any]:
    words, colour = _state(verdict, standing)
    said = standing.said if standing else None
    return {
        "part": statement.part,
        "total": statement.total,
        "who": statement.closed_by,
        "when": statement.closed_at,
        "note": statement.note,
        "state": words,
        "colour": colour,
        "reason": verdict.reason if verdict else said.reason if said else "",
        "endorsed": said if said and said.word == "endorsed" else None,
    }


def _lines(ids: Sequence[Any]) -> list[dict[str, Any]]:
    """Per member, the month's postings of all parts together."""
    found: dict[Any, dict[str, Any]] = {}
    for line, member in lines(db(), ids):
        row = found.setdefault(
            member.id, {"name": member.name, "number": member.number, "total": 0, "categories": {}, "late": 0}
        )
        _add(row, line.posted, line.total)
    return list(found.values())


def _add(row: dict[str, Any], posted: Sequence[Sequence[Any]], total: int) -> None:
    row["total"] += total
    for _done, category, points, kind in posted:
        row["categories"][category] = row["categories"].get(category, 0) + points
        row["late"] += points if kind != "month" else 0


def _preview_line(member: Any, line: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": member.name,
        "number": member.number,
        "total": 0,
        "categories": {},
        "late": 0,
    }
    _add(row, line["posted"], line["total"])
    return row
