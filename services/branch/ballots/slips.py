"""Slips for the masses: one person prints them, another confirms how many were handed out where.

Until then the codes open nothing; afterwards no more votes of a batch count than were handed out of it.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from services.branch.ballots.boxes import (
    HANDLE,
    MOST_SLIPS,
    ON_PAPER,
    SECRET,
    SIGNS,
    box_of,
    live_box,
    padded,
)
from services.branch.ballots.models import BallotBox, BallotSlip, SlipBatch
from shared.contracts.appraisal import HandedSlips
from shared.kit import audit
from shared.kit.accounts import SignedIn, hash_password
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.persons import same_person
from shared.kit.units import Unit

MEETING_LENGTH = 100


def print_slips(
    session: Session, actor: SignedIn, unit: Unit, box_id: UUID, many: int, now: datetime
) -> list[str]:
    """Codes of new slips, to be printed once: afterwards nobody can read them again. Raises Refused."""
    box = _open(session, unit, box_id)
    if box.kind != "masses":
        raise Refused(N_("只有群众测评用测评码。"))
    if box.on_paper:
        raise Refused(ON_PAPER)
    if waiting_slips(session, box):
        raise Refused(N_("还有一批测评码等另一人确认发放，确认以后再印。"))
    printed = session.scalar(select(func.count()).where(BallotSlip.box_id == box.id)) or 0
    if not 1 <= many <= MOST_SLIPS - printed:
        raise Refused(N_("测评码一共最多印 %(most)s 个。"), most=MOST_SLIPS)
    batch = SlipBatch(
        id=new_id(),
        box_id=box.id,
        unit_id=unit.id,
        printed=many,
        printed_by=actor.name,
        printed_by_id=actor.account_id,
        printed_at=now,
    )
    session.add(batch)
    session.flush()
    known = set(session.scalars(select(BallotSlip.handle)))
    codes = [_new_code(known) for _ in range(many)]
    rows = [
        {
            "handle": code[:HANDLE],
            "box_id": box.id,
            "unit_id": unit.id,
            "batch_id": batch.id,
            "code_hash": hash_password(padded(code[HANDLE:])),
            "used": False,
        }
        for code in codes
    ]
    session.execute(insert(BallotSlip), sorted(rows, key=lambda row: str(row["handle"])))
    audit.record(session, now, actor.account_id, unit.id, "ballot.slips", str(box.id), slips=many)
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def _new_code(known: set[str]) -> str:
    while True:
        code = "".join(secrets.choice(SIGNS) for _ in range(HANDLE + SECRET))
        if code[:HANDLE] not in known:
            known.add(code[:HANDLE])
            return code


def waiting_slips(session: Session, box: BallotBox) -> SlipBatch | None:
    """The batch that waits for a second person, or None."""
    query = select(SlipBatch).where(SlipBatch.box_id == box.id, SlipBatch.confirmed_at.is_(None))
    return session.scalars(query).one_or_none()


def handed_slips(session: Session, box: BallotBox) -> Sequence[SlipBatch]:
    """Batches that were handed out, oldest first."""
    query = select(SlipBatch).where(SlipBatch.box_id == box.id, SlipBatch.confirmed_at.is_not(None))
    return session.scalars(query.order_by(SlipBatch.confirmed_at)).all()


def confirm_slips(
    session: Session, actor: SignedIn, unit: Unit, box_id: UUID, handed: int, meeting: str, now: datetime
) -> None:
    """A second person says how many were handed out, and where: from now the codes count. Raises Refused."""
    box, batch = _waiting(session, unit, box_id)
    if same_person(session, actor, batch.printed_by_id, batch.printed_by):
        raise Refused(N_("印和发要由两个人分别办，请另一人来确认发放。"))
    if not 1 <= handed <= batch.printed:
        raise Refused(N_("发出的数应在 1 到 %(printed)s 之间。"), printed=batch.printed)
    if not meeting.strip():
        raise Refused(N_("请写明在什么会上、发给哪些人。"))
    batch.handed, batch.meeting = handed, meeting.strip()[:MEETING_LENGTH]
    batch.confirmed_by, batch.confirmed_by_id, batch.confirmed_at = actor.name, actor.account_id, now
    box.slips += handed
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "ballot.slips.confirm", str(box.id), handed=handed)


def drop_slips(session: Session, actor: SignedIn, unit: Unit, box_id: UUID, now: datetime) -> None:
    """Give a batch up that was not handed out; its codes never open anything. Raises Refused."""
    box, batch = _waiting(session, unit, box_id)
    session.execute(delete(BallotSlip).where(BallotSlip.batch_id == batch.id))
    session.delete(batch)
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "ballot.slips.drop", str(box.id))


def told_slips(session: Session, unit_id: UUID, year: int) -> list[HandedSlips]:
    """What the township is told of the slips in the year's box that was counted."""
    box = live_box(session, unit_id, year, "masses")
    if box is None:
        return []
    return [
        HandedSlips(
            one.printed,
            one.handed,
            one.meeting,
            one.printed_by,
            one.confirmed_by,
            one.confirmed_at.isoformat() if one.confirmed_at else "",
        )
        for one in handed_slips(session, box)
    ]


def _open(session: Session, unit: Unit, box_id: UUID) -> BallotBox:
    box = box_of(session, unit.id, box_id, hold=True)
    if box.state != "open":
        raise Refused(N_("票箱已经关了。"))
    return box


def _waiting(session: Session, unit: Unit, box_id: UUID) -> tuple[BallotBox, SlipBatch]:
    box = box_of(session, unit.id, box_id, hold=True)
    batch = waiting_slips(session, box)
    if box.state != "open" or batch is None:
        raise Refused(N_("没有等确认的测评码。"))
    return box, batch
