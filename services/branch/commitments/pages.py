"""What the pages of commitments show: the branch's ledger, a member's own, one with its progress."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import select

from services.branch.commitments.keeping import achieved, progress_of
from services.branch.commitments.models import Commitment
from services.branch.commitments.proposing import NewCommitment, drafts, looked_at
from services.branch.roster.models import Member
from services.branch.roster.reading import members
from services.branch.village import village
from services.branch.wording import day
from shared.kit.clock import civil
from shared.kit.i18n import N_, in_english
from shared.kit.web import db, me, now
from shared.rules.commitments import Finding, Fit, TaskItem, gaps, sheet_fulfilment
from shared.rules.commitments import Judgement as Judged
from shared.sync.asked_year import year

STATES = {
    "proposed": (N_("等支部审诺"), "amber"),
    "returned": (N_("已退回，请修改"), "red"),
    "published": (N_("已公布"), "green"),
    "judged": (N_("已评诺"), ""),
}
ORIGIN_WORDS = {
    "own": N_("本人提出"),
    "people": N_("群众期盼"),
    "unit_plan": N_("单位年度计划"),
    "organisation": N_("组织交办"),
}
VERDICT_WORDS = {"done": N_("完成"), "partly": N_("部分完成"), "not": N_("未完成")}
SPAN_WORDS = {"year": N_("全年"), "quarter": N_("本季度"), "month": N_("本月")}
FOUND_BY = {"self": N_("自己找的"), "organisation": N_("组织点的"), "people": N_("群众提的")}


def commitments_of(unit_id: UUID, member_id: UUID | None = None, *, everyone: bool = False) -> list[Any]:
    """Commitments of the year with their members: one member's, the branch's own (None), or everyone's."""
    query = (
        select(Commitment, Member)
        .outerjoin(Member, (Member.unit_id == Commitment.unit_id) & (Member.id == Commitment.member_id))
        .where(Commitment.unit_id == unit_id, Commitment.year == year().year, Commitment.handed_in.is_(None))
        .order_by(Member.number.nulls_first(), Commitment.proposed_at)
    )
    if not everyone:
        query = query.where(Commitment.member_id == member_id)
    return [(row[0], row[1]) for row in db().execute(query)]


def row_of(one: Commitment, member: Member | None) -> dict[str, Any]:
    """One commitment as a row shows it."""
    words, colour = STATES[one.state]
    own = one.member_id is not None and one.member_id == me().person_id
    return {
        "id": one.id,
        "version": one.version,
        "name": member.name if member else gettext("支部"),
        "what": one.what,
        "for_whom": one.for_whom,
        "target": f"{one.target} {one.measure}".strip() if one.target else "",
        "due": one.due,
        "span": gettext(SPAN_WORDS[one.span]),
        "origin": gettext(ORIGIN_WORDS[one.origin]),
        "state": one.state,
        "state_words": gettext(words),
        "colour": colour,
        "hollow": one.hollow,
        "reason": one.reason,
        "came_from": one.came_from,
        "verdict": gettext(VERDICT_WORDS[one.verdict]) if one.verdict else "",
        "share": one.share,
        "late_days": one.late_days,
        "who": one.decided_by or one.proposed_by,
        "when": one.decided_at or one.proposed_at,
        "own": own,
        "selectable": me().may("commitment.review") and one.state == "proposed" and not own,
        "group": "hollow" if one.hollow else "sound",
    }


def ledger_page(errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """The branch's ledger: proposals to be looked at first, then the sound ones, then the rest."""
    rows = [row_of(*found) for found in commitments_of(village().id, everyone=True)]
    waiting = [one for one in rows if one["state"] == "proposed"]
    hollow, sound = ([one for one in waiting if one["hollow"] is flag] for flag in (True, False))
    groups = [
        _group("hollow", "amber", gettext("请您看一看"), hollow, gettext("有空泛之处，可以退回请他改")),
        _group("sound", "green", gettext("可以公布"), sound, "", select=True),
        *[
            _group(state, "", gettext(STATES[state][0]), [one for one in rows if one["state"] == state], "")
            for state in ("returned", "published", "judged")
        ],
    ]
    return {
        "heading": {
            "title": gettext("承诺台账"),
            "note": gettext("%(unit)s，%(year)s 年", unit=village().name, year=year().year),
        },
        "groups": [one for one in groups if one["rows"]],
        "share": _hollow_share(rows),
        "deciding": me().may("commitment.review") and bool(waiting),
        "drafts": _drafts(None) if me().may("commitment.review") else [],
        "errors": list(errors),
    }


def _hollow_share(rows: Sequence[Mapping[str, Any]]) -> int:
    """Percent of this year's commitments that the checks find hollow."""
    return sum(one["hollow"] for one in rows) * 100 // len(rows) if rows else 0


def _group(
    key: str, colour: str, label: str, rows: list[dict[str, Any]], note: str, *, select: bool = False
) -> dict[str, Any]:
    words = gettext("全选这 %(count)s 条", count=len(rows)) if select else ""
    made = {"key": key, "label": label, "count": len(rows), "note": note, "rows": rows}
    return made | {"colour": colour or "grey", "select": select, "select_label": words}


def own_page(member_id: UUID) -> dict[str, Any]:
    """A member's own commitments, and the problems of last year that wait to become some."""
    rows = [row_of(*found) for found in commitments_of(village().id, member_id)]
    return {"year": year().year, "rows": rows, "drafts": _drafts(member_id)}


def _drafts(member_id: UUID | None) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "text": one.text,
            "found_by": gettext(FOUND_BY[one.found_by]),
            "asked": one.drop_reason,
            "by": one.drop_asked_by,
        }
        for one in drafts(db(), village(), year(), member_id)
    ]


def form_page(
    action: str,
    back: Mapping[str, str],
    typed: Mapping[str, Any],
    *,
    found: Sequence[Finding] = (),
    errors: Sequence[dict[str, str]] = (),
    branch: bool = False,
) -> dict[str, Any]:
    """The form, with what the checks point out where they were asked."""
    english = in_english()
    return {
        "action": action,
        "back": back,
        "id": typed.get("id") or str(uuid4()),
        "typed": {
            name: typed.get(name) or ""
            for name in ("what", "for_whom", "target", "measure", "due", "problem", "member", "origin")
        },
        "spans": [
            {"value": key, "label": gettext(words), "selected": typed.get("span", "year") == key}
            for key, words in SPAN_WORDS.items()
        ],
        "found": [
            {
                "field": one.field,
                "reason": one.reason_en if english else one.reason,
                "example": one.example_en if english else one.example,
            }
            for one in found
        ],
        "errors": list(errors),
        "branch": branch,
        "members": [
            {"value": one.id, "label": one.name, "selected": str(one.id) == typed.get("member")}
            for one in (members(db(), village().id, civil(now()).date()) if branch else [])
        ],
        "origins": [
            {"value": key, "label": gettext(words), "selected": typed.get("origin", "organisation") == key}
            for key, words in ORIGIN_WORDS.items()
        ],
        "year": year().year,
    }


def entered_of(
    data: Mapping[str, Any], member_id: UUID | None, *, origin: str = "own", fit: Fit | None = None
) -> NewCommitment:
    """The entry of a checked form."""
    return NewCommitment(
        id=data["id"],
        member_id=member_id,
        what=data["what"],
        for_whom=data["for_whom"],
        target=data["target"],
        measure=data["measure"],
        due=data["due"],
        span=data["span"],
        origin=origin,
        fit=fit or Fit(),
        problem_id=data["problem"],
    )


def pointed_out(entered: NewCommitment) -> tuple[Finding, ...]:
    """What the checks say of an entry."""
    return looked_at(db(), village(), year(), entered)


def one_page(one: Commitment, member: Member | None, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """One commitment with all that was done on it."""
    done = achieved(db(), one.id)
    own = one.member_id is not None and one.member_id == me().person_id
    review = me().may("commitment.review")
    return {
        "row": row_of(one, member),
        "progress": [
            {"day": day(entry.day), "what": entry.what, "amount": entry.achieved, "witness": entry.witness}
            for entry in progress_of(db(), one.id)
        ],
        "done": done,
        "target": one.target,
        "measure": one.measure,
        "entry": str(uuid4()),
        "today": civil(now()).date().isoformat(),
        "may_add": one.state == "published" and (own or review) and one.handed_in is None,
        "may_judge": one.state == "published" and review and not own and one.handed_in is None,
        "verdicts": [{"value": key, "label": gettext(words)} for key, words in VERDICT_WORDS.items()],
        "typed": request.form,
        "errors": list(errors),
        "back": {"label": gettext("承诺台账"), "href": url_for("commitments.ledger")}
        if review
        else {"label": gettext("我的承诺"), "href": url_for("commitments.own")},
    }


def sheet_page(member: Member) -> dict[str, Any]:
    """A member's task sheet: every item with its origin, what it lacks, how far it was kept."""
    found = [one for one, _member in commitments_of(member.unit_id, member.id) if one.state != "returned"]
    items = [
        TaskItem(str(one.id), one.origin, one.what, one.target, one.due or _last_day(), _fit(one))
        for one in found
    ]
    named = {str(one.id): one.what for one in found}
    kept = [
        Judged(str(one.id), one.verdict, one.share or 0, one.late_days or 0) for one in found if one.verdict
    ]
    return {
        "member": member,
        "year": year().year,
        "rows": [row_of(one, member) for one in found],
        "gaps": [
            {"what": named.get(gap.item, ""), "words": gap.message_en if in_english() else gap.message}
            for gap in gaps(items)
        ],
        "share": sheet_fulfilment(kept),
    }


def _fit(one: Commitment) -> Fit:
    return Fit(one.fit.get("wishes"), one.fit.get("strengths"), one.fit.get("needs"))


def _last_day() -> date:
    return date(year().year, 12, 31)
