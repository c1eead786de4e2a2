"""Who was a member on a day that is past, also those who have left by a transfer since and come back."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from services.branch.roster.actions import members
from services.branch.roster.models import Member
from services.branch.transfers.reading import transfers


def roster_on(session: Session, unit_id: UUID, day: date) -> list[Member]:
    """The branch's members of a day by number, each with the present membership's row."""
    here = {one.id for one in members(session, unit_id, day)}
    # The row says the present membership only; what was before it is in the record it was handed over with.
    before = {
        one.member_id
        for one in transfers(session, unit_id)
        if one.out and one.state == "closed" and one.closed is not None
        if date.fromisoformat(one.closed.card.since) <= day < date.fromisoformat(one.closed.since)
    }
    wanted = here | before
    return [one for one in members(session, unit_id) if one.id in wanted]
