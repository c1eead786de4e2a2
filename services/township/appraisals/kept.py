"""What the township holds of a branch's year: approved statements, roster, transfers; bases it does not."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.township.roster.models import COPY
from services.township.statements.models import ReceivedStatement, StatementReview
from services.township.statements.reading import decode
from services.township.transfers.reading import carried_to
from shared.contracts.inputs import Kept
from shared.contracts.statements import StatementClosed
from shared.sync.rosters import cards_of
from shared.sync.years import MemberYear

MONTHS = 12


def kept(session: Session, unit_id: UUID, year: MemberYear) -> Kept:
    """What a filing of this branch is held against.

    A branch that came from another township in the year has stated its first months there: then its points
    are held against its statements by the county alone.
    """
    statements = _approved(session, unit_id, year.year)
    whole = len({one.month for one in statements}) == MONTHS
    return Kept(
        year.appraisal,
        year.schemes.values(),
        statements if whole else None,
        carried_to(session, unit_id),
        cards_of(session, COPY, unit_id),
    )


def _approved(session: Session, unit_id: UUID, year: int) -> list[StatementClosed]:
    query = (
        select(ReceivedStatement.original)
        .join(StatementReview, StatementReview.statement_id == ReceivedStatement.id)
        .where(
            ReceivedStatement.unit_id == unit_id,
            ReceivedStatement.year == year,
            StatementReview.state == "approved",
        )
        .order_by(ReceivedStatement.closed_at, ReceivedStatement.month, ReceivedStatement.part)
    )
    return [decode(payload) for payload in session.scalars(query)]
