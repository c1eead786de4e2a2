"""A ballot box: opened with two tellers, ended once."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Integer, String, Uuid, bindparam, delete, func, select
from sqlalchemy.orm import Session

from services.branch.ballots.models import (
    PAPER,
    BallotBox,
    BallotEnvelope,
    BallotMark,
    BallotSlip,
    BallotVoter,
    PaperTally,
    SlipBatch,
)
from services.branch.ballots.sealing import new_keys
from services.branch.roster.models import Member
from services.branch.transfers.stays import roster_on
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import insert_rows, read_rows, take_turn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.sync.years import MemberYear

SHORTEST = 10
MOST_SLIPS = 300
# No 0/O, 1/I/L: read from paper by old eyes. Four signs find the slip, eight are its secret.
SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
HANDLE, SECRET = 4, 8
ON_PAPER = N_("这次测评只用纸质票，由两个人计数核对后录入。")

# Asked at every step of the appraisal: built once.
_LIVE = select(BallotBox).where(
    BallotBox.unit_id == bindparam("unit", type_=Uuid),
    BallotBox.year == bindparam("of", type_=Integer),
    BallotBox.kind == bindparam("kind", type_=String),
    BallotBox.state != "voided",
)
_OF_BOX = bindparam("box", type_=Uuid)
_TURNOUT = select(
    select(func.count()).where(BallotEnvelope.box_id == _OF_BOX).scalar_subquery(),
    select(func.count()).where(BallotVoter.box_id == _OF_BOX).scalar_subquery(),
)


@dataclass(frozen=True)
class Teller:
    """A named person with a passphrase only they know."""

    member_id: UUID
    passphrase: str


@dataclass(frozen=True)
class Turnout:
    """How many may vote and how many have."""

    eligible: int
    cast: int


def box_of(session: Session, unit_id: UUID, box_id: UUID, *, hold: bool = False) -> BallotBox:
    """One box of this branch, locked with `hold`; raises Absent."""
    found = session.get(BallotBox, box_id, with_for_update=hold, populate_existing=hold)
    if found is None or found.unit_id != unit_id:
        raise Absent
    return found


def live_box(session: Session, unit_id: UUID, year: int, kind: str) -> BallotBox | None:
    """The box of a kind that is open or counted, or None."""
    return session.scalars(_LIVE, {"unit": unit_id, "of": year, "kind": kind}).one_or_none()


def hold_boxes(session: Session, unit_id: UUID) -> None:
    """Until we commit nobody else opens a box here, nor leaves out a step that has one."""
    key = f"ballot/{unit_id}"
    take_turn(session, key)


def open_box(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    kind: str,
    tellers: Sequence[Teller],
    now: datetime,
    *,
    paper: bool = False,
) -> BallotBox:
    """Open a ballot on every member of today; full members may vote, the masses by slips. Raises Refused.

    A ballot on `paper` alone has no key and nothing to open with one: two people count, the tellers stand by.
    """
    hold_boxes(session, unit.id)
    if live_box(session, unit.id, year.year, kind):
        raise Refused(N_("这一项测评已经开了票箱，不能再开。"))
    # The year's own members: a ballot in January is on the roster of New Year's Eve.
    roster = roster_on(session, unit.id, min(civil(now).date(), date(year.year, 12, 31)))
    _proper(actor, tellers, {one.id: one.name for one in roster}, paper=paper)
    voters = [one.id for one in roster if one.status == "full"] if kind == "members" else []
    box_id = new_id()
    keys = None if paper else new_keys(box_id.bytes, [one.passphrase for one in tellers])
    box = BallotBox(
        id=box_id,
        unit_id=unit.id,
        year=year.year,
        kind=kind,
        state="open",
        rulebook=year.appraisal.hash,
        subjects=[str(one.id) for one in roster],
        names=[one.name for one in roster],
        tellers=[str(one.member_id) for one in tellers],
        public_key=keys.public if keys else b"",
        shares=[base64.b64encode(share).decode() for share in keys.shares] if keys else [PAPER],
        slips=0,
        sheets=0,
        opened_by=actor.name,
        opened_at=now,
    )
    session.add(box)
    session.flush()
    rows = [{"box_id": box.id, "member_id": one, "unit_id": unit.id} for one in voters]
    insert_rows(session, BallotVoter, rows)
    audit.record(session, now, actor.account_id, unit.id, "ballot.open", str(box.id), kind=kind)
    return box


def _proper(actor: SignedIn, tellers: Sequence[Teller], roster: Mapping[UUID, str], *, paper: bool) -> None:
    if not roster:
        raise Refused(N_("名册里还没有党员，不能测评。"))
    if len({one.member_id for one in tellers}) != 2:
        raise Refused(N_("监票人要两位，不能是同一个人。"))
    if any(one.member_id not in roster for one in tellers):
        raise Absent
    if any(_is_himself(actor, one.member_id, roster[one.member_id]) for one in tellers):
        raise Refused(N_("开票箱的人不能兼任监票人。"))
    said = [one.passphrase.strip() for one in tellers]
    if not paper and (min(map(len, said)) < SHORTEST or said[0] == said[1]):
        raise Refused(N_("两位监票人的口令都要至少 10 个字符，并且不能相同。"))


def _is_himself(actor: SignedIn, member_id: UUID, name: str) -> bool:
    return actor.person_id == member_id if actor.person_id else actor.name == name


def padded(secret: str) -> str:
    """Codes are hashed like passwords, which have ten characters at least."""
    return f"slip-{secret}"


def emptied(session: Session, box: BallotBox) -> None:
    """Delete a box's envelopes, its slips and what was counted on paper."""
    # On paper alone there are neither votes nor slips.
    for table in (PaperTally,) if box.on_paper else (BallotEnvelope, BallotSlip, PaperTally):
        session.execute(delete(table).where(table.box_id == box.id))
    # What was handed out stays on record, what never was is nothing.
    waiting = SlipBatch.confirmed_at.is_(None)
    session.execute(delete(SlipBatch).where(SlipBatch.box_id == box.id, waiting))


def ended(box: BallotBox, state: str, actor: SignedIn, now: datetime) -> None:
    """Write how a box ended; its key is gone."""
    box.state, box.shares = state, []
    box.ended_by, box.ended_at = actor.name, now


def _open(session: Session, unit: Unit, box_id: UUID) -> BallotBox:
    box = box_of(session, unit.id, box_id, hold=True)
    if box.state != "open":
        raise Refused(N_("票箱已经关了。"))
    return box


def turnout(session: Session, box: BallotBox) -> Turnout:
    """As it stands now, or as it was when the box was counted. Every sheet on paper counts as one."""
    if box.state == "counted":
        return Turnout(box.eligible, box.cast)
    envelopes, on_roll = read_rows(session, _TURNOUT, {"box": box.id}).one()
    eligible = on_roll if box.kind == "members" else box.slips + box.sheets
    return Turnout(eligible, envelopes + box.sheets)


def not_yet(session: Session, box: BallotBox) -> Sequence[Member]:
    """Members on the roll who have not voted, by number."""
    query = (
        select(Member)
        .join(BallotVoter, (BallotVoter.member_id == Member.id) & (BallotVoter.unit_id == Member.unit_id))
        .outerjoin(
            BallotMark,
            (BallotMark.box_id == BallotVoter.box_id) & (BallotMark.member_id == BallotVoter.member_id),
        )
        .where(BallotVoter.box_id == box.id, BallotMark.member_id.is_(None))
        .order_by(Member.number)
    )
    return session.scalars(query).all()
