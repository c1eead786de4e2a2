"""Who was a member on a day that is past, also those who have left by a transfer since and come back."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from services.branch.roster.models import Member
from services.branch.roster.reading import members
from services.branch.transfers.reading import transfers


def roster_on(session: Session, unit_id: UUID, day: date) -> list[Member]:
    """The branch's members of a day by number, each with the present membership's row."""
    everyone = members(session, unit_id)
    wanted = {one.id for one in everyone if one.since <= day and (one.until is None or one.until > day)}
    if len(wanted) < len(everyone):
        # The row says the present membership only; what was before is in the record it was handed over with.
        wanted |= {
            one.member_id
            for one in transfers(session, unit_id)
            if one.out and one.state == "closed" and one.closed is not None
            if date.fromisoformat(one.closed.card.since) <= day < date.fromisoformat(one.closed.since)
        }
    return [one for one in everyone if one.id in wanted]
