"""When each village's branch service was last heard of."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.sync.models import PeerNode, PeerUnit

# A day of silence is worth a call (ours); services poll every few seconds.
SILENT = timedelta(days=1)


def last_heard(session: Session, villages: Collection[UUID]) -> dict[UUID, datetime]:
    """The last signed call of the service that speaks for each village; absent: never heard."""
    query = (
        select(PeerUnit.unit_id, PeerNode.seen_at)
        .join(PeerNode, PeerNode.node_id == PeerUnit.node_id)
        .where(PeerUnit.unit_id.in_(villages), PeerNode.seen_at.is_not(None), PeerNode.relation == "child")
    )
    return {row.unit_id: row.seen_at for row in session.execute(query)}
