"""The branch files what it did, and answers a deduction; it decides nothing about itself."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.commitments.models import Commitment
from services.branch.organisation.models import TABLES, OrganisationWord
from shared.contracts.organisations import OrganisationReplied
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.organisations.entering import enter, keep_entries, keep_words
from shared.organisations.ledger import Standing, standings
from shared.rules.points.claims import Claimed
from shared.sync.outbox import send_up
from shared.sync.records import Received
from shared.sync.years import MemberYear


def file_entry(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, given: Claimed, now: datetime
) -> bool:
    """File one thing the branch did; False where it is filed already. Raises Unclaimable, Absent."""
    body = enter(session, TABLES, actor, unit.id, year, given, now, above=False)
    if body is None:
        return False
    send_up(session, unit.id, unit.id, body, now)
    audit.record(session, now, actor.account_id, unit.id, "organisation.file", given.id)
    return True


def reply(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, entry_id: UUID, text: str, now: datetime
) -> None:
    """The branch's word on a deduction that is not decided yet, once. Raises Absent, Refused."""
    one = entry_of(session, unit, year, entry_id)
    if not one.entry.above:
        raise Absent
    if one.state != "waiting" or one.reply:
        raise Refused(N_("已经说明过，或者乡镇已经定了。"))
    made = OrganisationWord(
        id=new_id(),
        entry_id=entry_id,
        unit_id=unit.id,
        kind="reply",
        text=text.strip(),
        by=actor.name,
        by_id=actor.account_id,
        at=now,
    )
    session.add(made)
    session.flush()
    body = OrganisationReplied(made.id, entry_id, unit.id, made.text, made.by, now.isoformat())
    send_up(session, unit.id, unit.id, body, now)
    audit.record(session, now, actor.account_id, unit.id, "organisation.reply", str(entry_id))


def entry_of(session: Session, unit: Unit, year: MemberYear, entry_id: UUID) -> Standing:
    """One entry of this branch; raises Absent."""
    for one in standings(session, TABLES, year.organisations, year.year, [unit.id]):
        if one.entry.id == entry_id:
            return one
    raise Absent


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
