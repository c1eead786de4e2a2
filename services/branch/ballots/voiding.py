"""Giving a box up unread: one person asks with a reason, another agrees; alone only while it is empty."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.ballots.boxes import box_of, emptied, ended, turnout
from services.branch.ballots.models import BallotBox, BallotMark, PaperTally
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.persons import same_person
from shared.kit.units import Unit


def has_ballots(session: Session, box: BallotBox) -> bool:
    """Whether anybody's ballot would be lost: a vote cast, a mark, paper counted though not agreed on."""
    if turnout(session, box).cast:
        return True
    marked = session.scalars(select(BallotMark.box_id).where(BallotMark.box_id == box.id).limit(1)).first()
    counted = session.scalars(select(PaperTally.id).where(PaperTally.box_id == box.id).limit(1)).first()
    return marked is not None or counted is not None


def void_box(
    session: Session, actor: SignedIn, unit: Unit, box_id: UUID, reason: str, now: datetime
) -> BallotBox:
    """Ask that an uncounted box be given up with all in it; an empty one is at once. Raises Refused."""
    box = _open(session, unit, box_id)
    if not reason.strip():
        raise Refused(N_("作废票箱要写明理由。"))
    if box.void_asked_at is not None:
        raise Refused(N_("已经有人提出作废，请另一人确认，或者先撤回。"))
    if not has_ballots(session, box):
        _voided(session, box, actor, reason.strip(), now)
        return box
    box.void_reason = reason.strip()
    box.void_asked_by, box.void_asked_by_id, box.void_asked_at = actor.name, actor.account_id, now
    session.flush()
    audit.record(
        session, now, actor.account_id, unit.id, "ballot.void.ask", str(box.id), reason=box.void_reason
    )
    return box


def agree_to_void(session: Session, actor: SignedIn, unit: Unit, box_id: UUID, now: datetime) -> None:
    """A second person agrees: the votes are deleted unread and the box can be held again. Raises Refused."""
    box = _asked(session, unit, box_id)
    if same_person(session, actor, box.void_asked_by_id, box.void_asked_by):
        raise Refused(N_("作废有选票的票箱要两个人办，请另一人来确认。"))
    _voided(session, box, actor, box.void_reason, now)


def keep_box(session: Session, actor: SignedIn, unit: Unit, box_id: UUID, now: datetime) -> None:
    """The box is not given up after all; by who asked, or by who does not agree. Raises Refused."""
    box = _asked(session, unit, box_id)
    box.void_reason, box.void_asked_by = "", ""
    box.void_asked_by_id = box.void_asked_at = None
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "ballot.void.keep", str(box.id))


def _voided(session: Session, box: BallotBox, actor: SignedIn, reason: str, now: datetime) -> None:
    emptied(session, box)
    ended(box, "voided", actor, now)
    box.reason = reason
    session.flush()
    audit.record(session, now, actor.account_id, box.unit_id, "ballot.void", str(box.id), reason=reason)


def _open(session: Session, unit: Unit, box_id: UUID) -> BallotBox:
    box = box_of(session, unit.id, box_id, hold=True)
    if box.state != "open":
        raise Refused(N_("票箱已经关了。"))
    return box


def _asked(session: Session, unit: Unit, box_id: UUID) -> BallotBox:
    box = _open(session, unit, box_id)
    if box.void_asked_at is None:
        raise Refused(N_("没有人提出作废。"))
    return box
