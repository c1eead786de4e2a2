"""What has passed to the township's branches: the records with which members came."""

from uuid import UUID

from sqlalchemy.orm import Session

from services.township.transfers.models import Passage
from shared.contracts.transfers import TransferClosed
from shared.sync.passages import carried_by_unit


def carried_to(session: Session, unit_id: UUID) -> dict[UUID, TransferClosed]:
    """By member, the newest closing record with which somebody came to this branch."""
    return carried_by_unit(session, Passage, {unit_id}).get(unit_id, {})
