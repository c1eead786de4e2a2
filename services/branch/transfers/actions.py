"""A member moves to another branch: offered, withdrawn, answered, handed over. States come from the words."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.branch.generals.submitting import pass_on, require_settled
from services.branch.points.books import hold_books
from services.branch.points.closing import next_month
from services.branch.points.models import Claim
from services.branch.roster.actions import card_of, end_membership, member_of
from services.branch.roster.models import MOVED, Member
from services.branch.transfers.carrying import carried_from, carried_years, hand_on, undecided
from services.branch.transfers.following import follow
from services.branch.transfers.models import TransferWord
from services.branch.transfers.reading import Transfer, arrivals, open_transfer, transfer_of
from shared.contracts.roster import MemberCard
from shared.contracts.transfers import TransferAnswered, TransferClosed, TransferOffered, TransferWithdrawn
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import take_turn
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.sync.outbox import send_up

NOTE_LENGTH = 200
Word = TransferOffered | TransferWithdrawn | TransferAnswered | TransferClosed
MOVED_ON = N_("这次转接刚刚有了新的进展，没有办成。请看过最新情况再办。")


@dataclass(frozen=True)
class Offer:
    """Where somebody goes: the branch's code, and what is said along."""

    member_id: UUID
    target_code: str
    note: str = ""


def offer(session: Session, actor: SignedIn, unit: Unit, new: Offer, now: datetime) -> UUID:
    """Offer a member to another branch. Raises Absent, Refused: gone, under way already, the same branch."""
    _hold(session, new.member_id)
    member = member_of(session, unit.id, new.member_id)
    if member.until is not None:
        raise Refused(N_("%(name)s 已经不在本支部。"), name=member.name)
    if new.target_code == unit.code:
        raise Refused(N_("这是本支部的代码，请填转往支部的代码。"))
    if open_transfer(session, unit.id, member.id) is not None:
        raise Refused(N_("%(name)s 的转接正在办，办完或撤回之后才能再转。"), name=member.name)
    body = TransferOffered(
        transfer_id=new_id(),
        origin_code=unit.code,
        origin_name=unit.name,
        target_code=new.target_code,
        card=_card(member),
        joined_on=member.joined_on.isoformat() if member.joined_on else "",
        note=new.note.strip()[:NOTE_LENGTH],
        by=actor.name,
        at=now.isoformat(),
    )
    _say(session, actor, unit, body, member.id, True, now)
    return body.transfer_id


def withdraw(session: Session, actor: SignedIn, unit: Unit, transfer_id: UUID, now: datetime) -> None:
    """Take an offer back before the member is handed over. Raises Absent, Refused."""
    found = _held(session, unit, transfer_id, True, ("offered", "accepted"))
    body = TransferWithdrawn(
        transfer_id=transfer_id,
        origin_code=unit.code,
        target_code=found.offered.target_code,
        member_id=found.member_id,
        by=actor.name,
        at=now.isoformat(),
    )
    _say(session, actor, unit, body, found.member_id, True, now)


def accept(
    session: Session, actor: SignedIn, unit: Unit, transfer_id: UUID, since: date, now: datetime
) -> None:
    """Take the member in from a day on. Raises Absent, Refused: not offered, a day that cannot be."""
    found = _held(session, unit, transfer_id, False, ("offered",))
    first = civil(datetime.fromisoformat(found.offered.at)).date()
    if not first <= since <= civil(now).date():
        raise Refused(N_("接收日期要在 %(first)s 到今天之间。"), first=first)
    _answer(session, actor, unit, found, "accepted", since.isoformat(), "", now)


def refuse(
    session: Session, actor: SignedIn, unit: Unit, transfer_id: UUID, reason: str, now: datetime
) -> None:
    """Turn the offer down with a reason. Raises Absent, Refused."""
    if not reason.strip():
        raise Refused(N_("请写明不接收的理由，对方支部会看到。"))
    found = _held(session, unit, transfer_id, False, ("offered",))
    _answer(session, actor, unit, found, "refused", "", reason.strip()[:NOTE_LENGTH], now)


def _answer(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    found: Transfer,
    verdict: str,
    since: str,
    reason: str,
    now: datetime,
) -> None:
    body = TransferAnswered(
        transfer_id=found.id,
        origin_code=unit.code,
        origin_name=unit.name,
        target_code=found.offered.origin_code,
        member_id=found.member_id,
        verdict=verdict,
        since=since,
        reason=reason,
        by=actor.name,
        at=now.isoformat(),
    )
    _say(session, actor, unit, body, found.member_id, False, now)


def close(session: Session, actor: SignedIn, unit: Unit, transfer_id: UUID, now: datetime) -> None:
    """Hand the member over with the years so far; from here on the other branch goes on counting.

    Raises Absent, and Refused while the offer is not accepted or claims of the member wait for a decision.
    """
    found = _held(session, unit, transfer_id, True, ("accepted",))
    assert found.answered is not None
    # No month is closed while the books of this member are handed on.
    hold_books(session, unit.id)
    require_settled(session, unit)
    if unit.general_id is None:
        pass_on(session, actor, unit, now)
    member = member_of(session, unit.id, found.member_id)
    if member.until is not None:
        raise Refused(N_("%(name)s 已经不在本支部。"), name=member.name)
    waiting = undecided(session, member)
    if waiting:
        raise Refused(
            N_("%(name)s 还有 %(count)s 条申报没有定，审完再办结。"), name=member.name, count=waiting
        )
    _require_year_posted(session, member, now)
    # Whose member somebody was on New Year's Eve stays so: that branch gives the year's grade.
    since = max(date.fromisoformat(found.answered.since), member.since, date(civil(now).year, 1, 1))
    came = arrivals(session, unit.id).get(member.id)
    years = carried_years(session, member, came)
    end_membership(session, actor, unit, member, since, MOVED, now)
    body = TransferClosed(
        transfer_id=transfer_id,
        origin_code=unit.code,
        origin_name=unit.name,
        target_code=found.offered.target_code,
        card=_card(member),
        joined_on=member.joined_on.isoformat() if member.joined_on else "",
        since=since.isoformat(),
        years=years,
        by=actor.name,
        at=now.isoformat(),
        counts_from=(min(member.since, came.counted_from) if came else member.since).isoformat(),
        branches=carried_from(unit, came, years),
    )
    hand_on(session, member, transfer_id)
    _say(session, actor, unit, body, member.id, True, now)
    follow(session, unit, member, actor.name, now)


def _require_year_posted(session: Session, member: Member, now: datetime) -> None:
    """Last year is graded here: all of it is posted before the member goes. Raises Refused."""
    last = civil(now).year - 1
    if member.since > date(last, 12, 31) or next_month(session, member.unit_id, last) > 12:
        return
    came = arrivals(session, member.unit_id).get(member.id)
    brought = came.year(last) if came else None
    own = select(Claim.id).where(
        Claim.unit_id == member.unit_id,
        Claim.member_id == member.id,
        Claim.year == last,
        Claim.state == "approved",
        Claim.handed_in.is_(None),
    )
    if session.scalars(own.limit(1)).first() is not None or (brought and brought.claims):
        raise Refused(
            N_("%(name)s 的 %(year)s 年度由本支部评议，请先把 %(year)s 年各月结账，再办结转出。"),
            name=member.name,
            year=last,
        )


def _hold(session: Session, member_id: UUID) -> None:
    """One word at a time about a member."""
    key = f"transfer/{member_id}"
    take_turn(session, key)


def _held(session: Session, unit: Unit, transfer_id: UUID, out: bool, states: tuple[str, ...]) -> Transfer:
    found = transfer_of(session, unit.id, transfer_id)
    _hold(session, found.member_id)
    found = transfer_of(session, unit.id, transfer_id)
    if found.out is out and found.state == "offered" and states == ("accepted",):
        raise Refused(N_("对方支部还没有同意接收，同意以后才能办结。"))
    if found.out is not out or found.state not in states:
        raise Refused(MOVED_ON)
    return found


def _say(
    session: Session, actor: SignedIn, unit: Unit, body: Word, member_id: UUID, out: bool, now: datetime
) -> None:
    keep_word(session, unit.id, body, member_id, out)
    send_up(session, unit.id, unit.id, body, now)
    audit.record(session, now, actor.account_id, unit.id, body.KIND, str(body.transfer_id))


def keep_word(session: Session, unit_id: UUID, body: Word, member_id: UUID, out: bool) -> None:
    """Keep one word, own or received; a repeat changes nothing."""
    row = {
        "unit_id": unit_id,
        "transfer_id": body.transfer_id,
        "kind": body.KIND,
        "member_id": member_id,
        "out": out,
        "body": msgspec.json.encode(body),
        "at": datetime.fromisoformat(body.at),
    }
    keys = ["unit_id", "transfer_id", "kind"]
    session.execute(insert(TransferWord).on_conflict_do_nothing(index_elements=keys), row)


def _card(member: Member) -> MemberCard:
    """As transfers carry it, whose own words say when somebody joined."""
    return msgspec.structs.replace(card_of(member), joined_on=None)
