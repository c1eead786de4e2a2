"""What has passed to the township's branches: the records with which members came."""

from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.township.transfers.models import Passage
from shared.contracts.transfers import TransferClosed
from shared.kit.units import Unit


def carried_to(session: Session, unit_id: UUID) -> dict[UUID, TransferClosed]:
    """By member, the newest closing record with which somebody came to this branch."""
    code = session.scalar(select(Unit.code).where(Unit.id == unit_id))
    query = select(Passage.body).where(
        Passage.unit_id == unit_id, Passage.kind == TransferClosed.KIND, Passage.target_code == code
    )
    records = [msgspec.json.decode(body, type=TransferClosed) for body in session.scalars(query)]
    return {record.member_id: record for record in sorted(records, key=lambda record: record.at)}
