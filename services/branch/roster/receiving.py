"""The branch's own roster after a restore, from the cards it had told."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from services.branch.roster.models import Member
from shared.contracts.roster import RosterChanged
from shared.sync.records import Received


def recover_members(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Rebuild members from the cards the tiers above still hold, oldest first."""
    for item in received:
        body: RosterChanged = item.body
        for card in body.cards:
            member = session.get(Member, (item.unit, card.member_id))
            if member is None:
                member = Member(unit_id=item.unit, id=card.member_id, version=0)
                session.add(member)
            member.number, member.name, member.status = card.number, card.name, card.status
            member.field, member.post, member.roles = card.field, card.post, card.roles
            member.exempt, member.floating = card.exempt, card.floating
            member.since = date.fromisoformat(card.since)
            member.until = date.fromisoformat(card.until) if card.until else None
            if card.joined_on is not None:
                member.joined_on = date.fromisoformat(card.joined_on) if card.joined_on else None
            # Why is not told upward; a transfer's own word, which follows, says so where it was one.
            member.left_why = "left" if card.until else ""
            member.version, member.changed_at = member.version + 1, now
        session.flush()
