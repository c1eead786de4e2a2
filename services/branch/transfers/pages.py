"""What the pages of transfers show: what waits here first, then what waits elsewhere, then what is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext

from services.branch.points.carried import strikes_of
from services.branch.points.models import CarriedStrike
from services.branch.roster.actions import member_of
from services.branch.roster.models import Member
from services.branch.roster.words import FIELDS, STATUSES
from services.branch.transfers.reading import Transfer, open_transfer, records, transfers
from services.branch.village import village
from services.branch.wording import score
from shared.contracts.transfers import CarriedClaim, CarriedYear
from shared.kit.clock import civil
from shared.kit.i18n import N_, named
from shared.kit.persons import same_person
from shared.kit.web import db, me, now
from shared.sync.asked_year import years
from shared.sync.years import MemberYear

# By direction (out of here or not) and state: words, colour.
STATES = {
    (True, "offered"): (N_("等对方支部接收"), ""),
    (True, "accepted"): (N_("对方已接收，请办结"), "amber"),
    (True, "refused"): (N_("对方不接收"), "red"),
    (True, "unknown"): (N_("县里没有这个支部代码"), "red"),
    (True, "withdrawn"): (N_("已撤回"), ""),
    (True, "closed"): (N_("已转出"), "green"),
    (False, "offered"): (N_("等本支部接收"), "amber"),
    (False, "accepted"): (N_("已接收，等对方办结"), ""),
    (False, "refused"): (N_("本支部没有接收"), ""),
    (False, "withdrawn"): (N_("对方已撤回"), ""),
    (False, "closed"): (N_("已转入"), "green"),
}
OURS = ((False, "offered"), (True, "accepted"))
THEIRS = ((True, "offered"), (False, "accepted"))


def waiting_transfers() -> int:
    """The number beside the roster in the header: what waits for this branch."""
    return sum((one.out, one.state) in OURS for one in transfers(db(), me().unit.id))


def list_page() -> dict[str, Any]:
    """Every transfer of the branch, in order of work."""
    found = transfers(db(), village().id)
    ours = [one for one in found if (one.out, one.state) in OURS]
    theirs = [one for one in found if (one.out, one.state) in THEIRS]
    over = [one for one in found if (one.out, one.state) not in OURS + THEIRS]
    groups = [
        _group(gettext("等您办"), "amber", ours),
        _group(gettext("等对方"), "", theirs),
        _group(gettext("已了结"), "green", over),
    ]
    return {
        "heading": {"title": gettext("组织关系转接"), "note": village().name},
        "groups": [group for group in groups if group["count"]],
    }


def _group(label: str, colour: str, found: Sequence[Transfer]) -> dict[str, Any]:
    return {"label": label, "colour": colour, "count": len(found), "rows": [row(one) for one in found]}


def row(one: Transfer) -> dict[str, Any]:
    """One transfer as lists and its own page show it."""
    words, colour = STATES[one.out, one.state]
    other = one.offered.target_code if one.out else one.offered.origin_name
    if one.out and one.answered is not None and one.answered.origin_name:
        other = one.answered.origin_name
    return {
        "id": one.id,
        "name": one.offered.card.name,
        "way": gettext("转往 %(unit)s", unit=other) if one.out else gettext("来自 %(unit)s", unit=other),
        "state": gettext(words),
        "colour": colour,
        "ours": (one.out, one.state) in OURS,
        "at": datetime.fromisoformat(one.at),
        "reason": one.answered.reason if one.answered else "",
    }


def offer_page(member: Member, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """The form that offers a member to another branch."""
    return {
        "member": member,
        "under_way": open_transfer(db(), member.unit_id, member.id),
        "typed": {name: request.form.get(name, "") for name in ("target", "note")},
        "errors": list(errors),
    }


def transfer_page(one: Transfer, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """One transfer, with what can be done now."""
    card, shown = one.offered.card, row(one)
    return {
        "heading": {"title": gettext("%(name)s 的转接", name=card.name), "note": shown["way"]},
        "row": shown,
        "facts": [
            (gettext("编号"), card.number),
            (gettext("状态"), gettext(STATUSES.get(card.status, card.status))),
            (gettext("领域"), gettext(FIELDS.get(card.field, card.field))),
            (gettext("职务"), card.post or "—"),
            (gettext("说明"), one.offered.note or "—"),
            *_progress(one),
        ],
        "carried": _carried(one),
        "claims": _claims(one),
        "may": me().may("roster.edit"),
        "acts": _acts(one),
        "member_id": one.member_id if _ours(one) else None,
        "typed": {
            "since": request.form.get("since") or civil(now()).date().isoformat(),
            "reason": request.form.get("reason", ""),
        },
        "errors": list(errors),
    }


def _ours(one: Transfer) -> bool:
    return one.out or one.state == "closed"


def _progress(one: Transfer) -> list[tuple[str, str]]:
    found = [(gettext("提出"), _who_when(one.offered.by, one.offered.at))]
    if one.answered is not None:
        found.append((gettext("答复"), _who_when(one.answered.by, one.answered.at)))
        if one.answered.since:
            found.append((gettext("接收日期"), one.answered.since))
    if one.withdrawn is not None:
        found.append((gettext("撤回"), _who_when(one.withdrawn.by, one.withdrawn.at)))
    if one.closed is not None:
        found.append((gettext("办结"), _who_when(one.closed.by, one.closed.at)))
        if one.answered is not None and one.closed.since > one.answered.since:
            words = gettext("%(day)s（上一年度由原支部评议）", day=one.closed.since)
            found.append((gettext("自哪天起算"), words))
    return found


def _who_when(who: str, at: str) -> str:
    return f"{who} {civil(datetime.fromisoformat(at)).strftime('%Y-%m-%d %H:%M')}".strip()


def _carried(one: Transfer) -> list[str]:
    """What went along, a sentence a year."""
    if one.closed is None:
        return []
    return [
        gettext(
            "%(year)s 年：%(count)s 条已通过的申报，已入账 %(points)s 分",
            year=year.year,
            count=len(year.claims),
            points=score(sum(entry.points for entry in year.posted)),
        )
        for year in one.closed.years
    ]


STRUCK = {
    "": (N_("计入"), ""),
    "asked": (N_("等另一人确认冲销"), "amber"),
    "confirmed": (N_("已冲销"), "red"),
    "declined": (N_("计入，没有同意冲销"), ""),
}


def _claims(one: Transfer) -> list[dict[str, Any]]:
    """The claims somebody brought here, newest first, for who may have them struck; else none."""
    if one.out or one.state != "closed" or one.closed is None or not me().may("claim.review"):
        return []
    unit = village()
    newest = records(db(), unit.id).get(one.member_id)
    if newest is None or newest.transfer_id != one.id or one.member_id == me().person_id:
        return []
    strikes = {(row.branch_id, row.year, row.number): row for row in strikes_of(db(), unit.id, one.member_id)}
    opened = {year.year: year for year in years() if year.closed is None}
    rows = [
        _claim_row(
            one.id, year, claim, opened[year.year], strikes.get((claim.branch_id, year.year, claim.number))
        )
        for year in newest.years
        if year.year in opened
        for claim in year.claims
    ]
    return sorted(rows, key=lambda row: row["day"], reverse=True)


def _claim_row(
    transfer_id: UUID, year: CarriedYear, claim: CarriedClaim, book: MemberYear, strike: CarriedStrike | None
) -> dict[str, Any]:
    scheme = book.schemes.get(year.schemes[claim.scheme])
    item = scheme.by_code.get(claim.item) if scheme else None
    state = strike.state if strike else ""
    words, colour = STRUCK[state]
    asked_by_me = strike is not None and same_person(db(), me(), strike.asked_by_id, strike.asked_by)
    return {
        "day": claim.day,
        "item": named(item) if item else claim.item,
        "points": claim.points,
        "number": claim.number,
        "state": gettext(words),
        "colour": colour,
        "reason": strike.reason if strike else "",
        "who": (strike.decided_by or strike.asked_by) if strike else "",
        "may_ask": state in ("", "declined"),
        "may_decide": state == "asked" and not asked_by_me,
        "key": f"{claim.branch_id}:{year.year}:{claim.number}",
        "action": url_for("transfers.strike", transfer_id=transfer_id),
    }


def _acts(one: Transfer) -> list[str]:
    """What this branch can do now."""
    if one.out:
        return {"offered": ["withdraw"], "accepted": ["close", "withdraw"]}.get(one.state, [])
    return ["answer"] if one.state == "offered" else []


def member_to_move(member_id: Any) -> Member:
    """A member of this branch. Raises Absent."""
    return member_of(db(), village().id, member_id)
