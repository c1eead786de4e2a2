"""Claims entered: by the member, or by the branch on somebody's behalf (代报). Twice the same is once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Integer, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from services.branch.points.books import LAST_CLOSED, keep_books_open
from services.branch.points.models import Claim, ClaimCount
from services.branch.points.putting_right import is_same, put_right, returned
from services.branch.roster.models import MOVED, Member
from services.branch.transfers.reading import ANYBODY_CAME, arrivals
from shared.contracts.transfers import TransferClosed
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import ids_given, insert_rows, read_rows
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.rules.points.claims import Claimant, Claimed, Finding, flags, refusal, worth
from shared.rules.points.scheme_values import Scheme
from shared.sync.years import MemberYear

# Every refusal of a claim by its code; values come from the rule.
WORDS = {
    "unknown_item": N_("积分办法里没有这一项，请重新选。"),
    "future": N_("日子还没到，请填做这件事的那一天。"),
    "before_scheme": N_("积分办法自 %(day)s 起施行，更早的不能报。"),
    "not_here": N_("%(day)s 组织关系不在本支部，请到当时所在的支部办理。"),
    "too_late": N_("%(day)s 的积分最晚报到 %(until)s，现在已经过期。"),
    "branch_only": N_("“%(item)s”由支部登记，不用个人申报。"),
    "not_for_role": N_("“%(item)s”不适用于这位党员的身份。"),
    "exempt": N_("“%(item)s”对免除硬性要求的党员不作要求。"),
    "times": N_("次数应在 1 到 %(most)s 之间。"),
    "too_short": N_("请写清楚做了什么，至少 %(least)s 个字。"),
    "evidence": N_("“%(item)s”请写一位证明人。"),
    "moved": N_("组织关系已经转出，请到现支部申报。"),
    "other_year": N_("%(year)s 年度没有开启，或者已经关闭，不能申报这一天的事。"),
    "unchanged": N_("这一条和退回前一样。请按退回的理由改好再报。"),
    "year_changed": N_("退回的这一条是 %(year)s 年的，改到别的年份请另报一件。"),
    "filed": N_("这一条已经报过，没有改动。还在等审核的，先撤回，再另报一件。"),
    "withdrawn": N_("这一条已经撤回，没有再报上去。请另报一件。"),
    "struck": N_("支部已经定了，没有再报上去。有异议的请向支部提出。"),
}


# Statements of every filing, built once: a meeting's claims, or a month's, cost a handful of round trips.
_IDS, _MEMBERS, _UNIT = ids_given("ids"), ids_given("members"), bindparam("unit", type_=Uuid)
# Locked: what was returned is put right by one at a time.
_KNOWN = select(Claim).where(Claim.id == any_(_IDS)).order_by(Claim.id).with_for_update()
_CLAIMANTS = select(
    *(Member.id, Member.field, Member.roles, Member.exempt, Member.since, Member.until, Member.left_why),
    LAST_CLOSED.scalar_subquery().label("last_closed"),
    ANYBODY_CAME,
).where(Member.unit_id == _UNIT, Member.id == any_(_MEMBERS))
_STANDING = select(Claim.id, Claim.member_id, Claim.item, Claim.day, Claim.times, Claim.what).where(
    Claim.unit_id == _UNIT,
    Claim.year == bindparam("year"),
    Claim.day >= bindparam("since", type_=Date),
    Claim.day <= bindparam("until", type_=Date),
    Claim.member_id == any_(_MEMBERS),
    Claim.state.in_(("waiting", "approved")),
)
_COUNT = upsert(ClaimCount).values(
    unit_id=_UNIT, year=bindparam("year", type_=Integer), last=bindparam("many", type_=Integer)
)
_NUMBERS = _COUNT.on_conflict_do_update(
    index_elements=["unit_id", "year"], set_={"last": ClaimCount.last + _COUNT.excluded.last}
).returning(ClaimCount.last)


class Unclaimable(Refused):
    """The rules do not take this claim; `code` names the refusal."""

    status = 422

    def __init__(self, finding: Finding) -> None:
        super().__init__(WORDS[finding.code], **finding.values)
        self.code = finding.code


@dataclass(frozen=True)
class NewClaim:
    """One claim as entered; `id` comes from whoever enters it (a phone makes it offline)."""

    id: UUID
    member_id: UUID
    claimed: Claimed


def file_claims(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    entered: Sequence[NewClaim],
    now: datetime,
) -> list[UUID]:
    """File claims of one branch, and put right under their ids those that were returned; the ids of both.

    The same again is left as it is. All or none: Unclaimable names the first that the rules do not take, or
    that would change nothing; Refused who may not file it; Absent where an id is somebody else's claim.
    """
    # Which months are closed is read behind whoever is closing one.
    keep_books_open(session, unit.id)
    known = {one.id: one for one in session.scalars(_KNOWN, {"ids": [one.id for one in entered]})}
    if any((row := known.get(one.id)) and not _is_theirs(row, unit, one) for one in entered):
        raise Absent
    fresh = [one for one in {one.id: one for one in entered}.values() if _news(one, known.get(one.id))]
    if not fresh:
        return []
    roster = _members(session, actor, unit, year, {one.member_id for one in fresh})
    for one in fresh:
        _check(year, one.claimed, roster[one.member_id])
    branch = next(iter(roster.values()))  # what is asked of the branch stands in every row
    came = arrivals(session, unit.id) if branch.anybody_came else {}
    closed = frozenset((year.year, month) for month in range(1, (branch.last_closed or 0) + 1))
    before = _standing(session, unit.id, year, [one.claimed.day for one in fresh], roster)
    new = sum(one.id not in known for one in fresh)
    number = _numbers(session, unit.id, year.year, new) if new else 0
    # Who moved here brings the whole year along: late claims for days before are filed here too.
    who = {id_: _claimant(member, came.get(id_)) for id_, member in roster.items()}
    today, by_branch = civil(now).date(), actor.may("claim.proxy")
    rows = []
    for one in fresh:
        member, claimed, there = roster[one.member_id], one.claimed, known.get(one.id)
        scheme = year.by_field[member.field]
        back = returned(there, year) if there else None
        finding = refusal(
            scheme, claimed, who[one.member_id], today, closed, by_branch=by_branch, returned=back
        )
        if finding is not None:
            raise Unclaimable(finding)
        others = before.setdefault(one.member_id, [])
        row = _row(one, number, scheme, actor, flags(scheme, claimed, others))
        if there is None:
            rows.append(row)
            number += 1
        else:
            put_right(there, row, actor)
        others.append(_with_id(one))
    same = {"unit_id": unit.id, "year": year.year, "filed_by": actor.name, "filed_at": now}
    insert_rows(session, Claim, rows, same={**same, "state": "waiting", "version": 1})
    session.flush()
    for kind, ids in (("claim.file", [row["id"] for row in rows]), ("claim.put_right", [*known])):
        done = [one.id for one in fresh if one.id in ids]
        if done:
            audit.record(session, now, actor.account_id, unit.id, kind, str(done[0]), claims=len(done))
    return [one.id for one in fresh]


def _is_theirs(there: Claim, unit: Unit, one: NewClaim) -> bool:
    return (there.unit_id, there.member_id) == (unit.id, one.member_id)


def _news(one: NewClaim, there: Claim | None) -> bool:
    """Whether there is something to do; a resend has nothing. Unclaimable rather than confirm no change."""
    if there is None:
        return True
    same = is_same(there, one.claimed)
    if there.state == "returned":
        if same:
            raise Unclaimable(Finding("unchanged"))
        if one.claimed.day.year != there.year:
            raise Unclaimable(Finding("year_changed", {"year": there.year}))
        return True
    if there.state in ("withdrawn", "struck"):
        raise Unclaimable(Finding(there.state))
    if not same:
        raise Unclaimable(Finding("filed"))
    return False


def _with_id(one: NewClaim) -> Claimed:
    given = one.claimed
    return Claimed(given.item, given.day, given.times, given.what, given.witness, given.evidence, str(one.id))


def _members(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, ids: set[UUID]
) -> dict[UUID, Any]:
    """Whose claims these are. Raises Refused for somebody else's, Absent for one of another branch."""
    if ids != {actor.person_id} and not actor.may("claim.proxy"):
        raise Refused(N_("只能申报自己的积分；替别人申报请支部代报。"))
    rows = read_rows(session, _CLAIMANTS, {"unit": unit.id, "year": year.year, "members": ids})
    found = {one.id: one for one in rows}
    if found.keys() != ids:
        raise Absent
    return found


def _standing(
    session: Session, unit_id: UUID, year: MemberYear, days: Sequence[date], members: Mapping[UUID, Any]
) -> dict[UUID, list[Claimed]]:
    """Claims of these members around these days that still stand, as the rules see them."""
    near = timedelta(days=max(scheme.near_days for scheme in year.schemes.values()))
    values = {"unit": unit_id, "year": year.year, "members": list(members)}
    values |= {"since": min(days) - near, "until": max(days) + near}
    found: dict[UUID, list[Claimed]] = {}
    for row in read_rows(session, _STANDING, values):
        claimed = Claimed(row.item, row.day, row.times, row.what, id=str(row.id))
        found.setdefault(row.member_id, []).append(claimed)
    return found


def _numbers(session: Session, unit_id: UUID, year: int, many: int) -> int:
    """The first of `many` numbers; whoever files next at this branch waits for us to commit."""
    values = {"unit": unit_id, "year": year, "many": many}
    return int(session.connection().execute(_NUMBERS, values).scalar_one()) - many + 1


def _claimant(member: Any, came: TransferClosed | None) -> Claimant:
    since = member.since
    if came is not None:
        # An older record does not say since when: then no day is too early.
        since = min(since, came.counted_from) if came.counts_from else None
    return Claimant(frozenset(member.roles), member.exempt, since, member.until)


def _check(year: MemberYear, claimed: Claimed, member: Any) -> None:
    if member.left_why == MOVED:
        raise Unclaimable(Finding("moved"))
    if claimed.day.year != year.year or year.closed is not None:
        raise Unclaimable(Finding("other_year", {"year": claimed.day.year}))


def _row(
    entered: NewClaim, number: int, scheme: Scheme, actor: SignedIn, found: Sequence[Finding]
) -> dict[str, Any]:
    claimed = entered.claimed
    return {
        "id": entered.id,
        "member_id": entered.member_id,
        "number": number,
        "scheme": scheme.hash,
        "item": claimed.item,
        "category": scheme.by_code[claimed.item].category,
        "day": claimed.day,
        "times": claimed.times,
        "what": claimed.what.strip(),
        "witness": claimed.witness.strip(),
        "asked": worth(scheme.by_code[claimed.item], claimed.times),
        "flags": [
            {"code": flag.code, "day": str(flag.values["day"]), "id": flag.values["id"]} for flag in found
        ],
        "proxy": entered.member_id != actor.person_id,
    }
