"""What has been posted for a branch's members, by whichever branch: their year as it stands."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.points.models import Statement, StatementLine
from services.branch.transfers.reading import arrivals
from shared.rules.points.year import Month


def posted_entries(session: Session, unit_id: UUID, year: int) -> Iterator[tuple[UUID, Month, str, int]]:
    """(member, month done, category, hundredths); who moved here brings along what was posted before."""
    came = arrivals(session, unit_id)
    for member, record in came.items():
        carried = record.year(year)
        for (done, category), points in (carried.sums() if carried else {}).items():
            yield member, done, category, points
    query = (
        select(StatementLine.member_id, StatementLine.posted, Statement.closed_at)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .where(StatementLine.unit_id == unit_id, StatementLine.year == year)
    )
    for member, posted, closed_at in session.execute(query):
        # What was posted here before somebody came is part of what they brought along.
        if member in came and closed_at <= datetime.fromisoformat(came[member].at):
            continue
        for done, category, points, _kind in posted:
            yield member, (int(done[:4]), int(done[5:])), category, points
