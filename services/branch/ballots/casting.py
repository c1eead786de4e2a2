"""A vote: a mark that somebody voted and an envelope nobody can join to it, in one transaction.

No audit row, no message, no time is written of it.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from services.branch.ballots.boxes import HANDLE, ON_PAPER, SECRET, box_of, padded
from services.branch.ballots.models import (
    BallotBox,
    BallotEnvelope,
    BallotMark,
    BallotSlip,
    BallotVoter,
    SlipBatch,
)
from services.branch.ballots.sealing import BLANK, record_of, sealed
from shared.kit.accounts import tried
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.rules.appraisal import Rulebook

CLOSED = N_("票箱已经关了，不能再投。")


def on_roll(session: Session, box: BallotBox, member_id: UUID | None) -> bool:
    """Whether this person may vote in this box."""
    return member_id is not None and session.get(BallotVoter, (box.id, member_id)) is not None


def has_voted(session: Session, box: BallotBox, member_id: UUID) -> bool:
    """Whether there is a mark."""
    return session.get(BallotMark, (box.id, member_id)) is not None


def cast_member(
    session: Session,
    rulebook: Rulebook,
    unit_id: UUID,
    box_id: UUID,
    member_id: UUID,
    choices: Mapping[str, str],
) -> None:
    """A member's vote: choice codes by subject. Raises Absent off the roll, Refused for a second one."""
    box = box_of(session, unit_id, box_id, hold=True)
    if not on_roll(session, box, member_id):
        raise Absent
    if box.state != "open":
        raise Refused(CLOSED)
    if box.on_paper:
        raise Refused(ON_PAPER)
    record = _record(rulebook, box, choices)
    row = {"box_id": box.id, "member_id": member_id, "unit_id": unit_id}
    # The key decides, not a look beforehand: two posts at once leave one vote.
    marked = session.execute(
        upsert(BallotMark).values(row).on_conflict_do_nothing().returning(BallotMark.box_id)
    )
    if marked.one_or_none() is None:
        raise Refused(N_("您已经投过票了，每人一票，投后不能更改。"))
    _drop(session, box, record)


def slip_of(session: Session, code: str, now: datetime) -> tuple[BallotBox, BallotSlip] | None:
    """The open box and slip of a code, or None with the try counted; raises Locked. Reads every unit."""
    entered = "".join(sign for sign in code.upper() if sign.isalnum())
    handle, secret = entered[:HANDLE], entered[HANDLE : HANDLE + SECRET + 1]
    slip = session.get(BallotSlip, handle)
    box = session.get(BallotBox, slip.box_id) if slip else None
    valid = slip is not None and not slip.used and box is not None and box.state == "open"
    valid = valid and _handed_out(session, slip)
    known = slip.code_hash if slip else None
    if not tried(session, f"slip/{handle}", known, padded(secret), now, valid=valid):
        return None
    assert box is not None and slip is not None
    return box, slip


def _handed_out(session: Session, slip: BallotSlip | None) -> bool:
    """Whether a second person has confirmed that its batch was handed out."""
    batch = session.get(SlipBatch, slip.batch_id) if slip and slip.batch_id else None
    return batch is None or batch.confirmed_at is not None


def cast_slip(
    session: Session, rulebook: Rulebook, box_id: UUID, handle: str, choices: Mapping[str, str]
) -> None:
    """A vote by slip; the slip is used up with it. Raises Refused. Reads every unit."""
    box = session.get(BallotBox, box_id, with_for_update=True, populate_existing=True)
    if box is None or box.state != "open":
        raise Refused(CLOSED)
    record = _record(rulebook, box, choices)
    used = (
        update(BallotSlip)
        .where(BallotSlip.handle == handle, BallotSlip.box_id == box_id, ~BallotSlip.used)
        .values(used=True)
        .returning(BallotSlip.batch_id)
    )
    row = session.execute(used).one_or_none()
    if row is None:
        raise Refused(N_("这个测评码已经用过了。"))
    _require_left(session, row.batch_id)
    _drop(session, box, record)


def _require_left(session: Session, batch_id: UUID | None) -> None:
    """Not more votes than slips were handed out, whoever holds the rest. Raises Refused."""
    batch = session.get(SlipBatch, batch_id) if batch_id else None
    if batch is None:
        return
    cast = select(func.count()).where(BallotSlip.batch_id == batch.id, BallotSlip.used)
    if (session.scalar(cast) or 0) > batch.handed:
        raise Refused(N_("发出的测评码都已经投过票了，没有发出的不能再投。"))


def _record(rulebook: Rulebook, box: BallotBox, choices: Mapping[str, str]) -> bytes:
    places = {one.code: place for place, one in enumerate(rulebook.ballots[box.kind].choices, start=1)}
    if set(choices) - set(box.subjects) or set(choices.values()) - set(places):
        raise Absent
    if not choices:
        raise Refused(N_("还没有选。至少评一个人；没有选的名字算弃权。"))
    return record_of([places.get(choices.get(subject, ""), BLANK) for subject in box.subjects])


def _drop(session: Session, box: BallotBox, record: bytes) -> None:
    """Put the envelope in and shake the box: all are written anew, under new ids, in a random order.

    Otherwise the row's place and its transaction would tell which mark it belongs to.
    """
    bodies = list(session.scalars(select(BallotEnvelope.body).where(BallotEnvelope.box_id == box.id)))
    bodies.append(sealed(box.public_key, box.id.bytes, record))
    secrets.SystemRandom().shuffle(bodies)
    session.execute(delete(BallotEnvelope).where(BallotEnvelope.box_id == box.id))
    rows = [{"id": uuid4(), "box_id": box.id, "unit_id": box.unit_id, "body": body} for body in bodies]
    session.execute(insert(BallotEnvelope), rows)
