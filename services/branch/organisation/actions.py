"""The branch as its own subject: what it has committed to, what arrives about it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.commitments.models import Commitment
from services.branch.organisation.models import TABLES
from shared.organisations.entering import keep_entries, keep_words
from shared.sync.records import Received


def own_commitments(session: Session, unit_id: UUID, year: int) -> Sequence[Commitment]:
    """What the branch itself has committed to this year."""
    query = select(Commitment).where(
        Commitment.unit_id == unit_id,
        Commitment.year == year,
        Commitment.member_id.is_(None),
        Commitment.state.in_(("published", "judged")),
    )
    return session.scalars(query.order_by(Commitment.proposed_at)).all()


def receive_entries(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Deductions that the township entered."""
    keep_entries(session, TABLES, received, above=True)


def receive_decisions(session: Session, received: Sequence[Received], now: datetime) -> None:
    """The township's decisions."""
    keep_words(session, TABLES, received)


def recover_entries(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own entries that the township still holds, after this database was restored to before them."""
    keep_entries(session, TABLES, received, above=False)


def recover_replies(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own replies, likewise."""
    keep_words(session, TABLES, received, "reply")
