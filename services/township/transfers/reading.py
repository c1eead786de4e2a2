"""What has passed to the township's branches: the records with which members came."""

from collections.abc import Set
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.township.transfers.models import Passage
from shared.contracts.transfers import TransferClosed
from shared.kit.db import among
from shared.kit.units import Unit


def carried_to(session: Session, unit_id: UUID) -> dict[UUID, TransferClosed]:
    """By member, the newest closing record with which somebody came to this branch."""
    return carried_by_unit(session, {unit_id}).get(unit_id, {})


def carried_by_unit(session: Session, units: Set[UUID]) -> dict[UUID, dict[UUID, TransferClosed]]:
    """By branch and member, the newest closing record with which somebody came there."""
    query = (
        select(Passage.unit_id, Passage.body)
        .join(Unit, (Unit.id == Passage.unit_id) & (Unit.code == Passage.target_code))
        .where(among(Passage.unit_id, units), Passage.kind == TransferClosed.KIND)
    )
    records = [
        (row.unit_id, msgspec.json.decode(row.body, type=TransferClosed)) for row in session.execute(query)
    ]
    found: dict[UUID, dict[UUID, TransferClosed]] = {}
    for unit_id, record in sorted(records, key=lambda one: one[1].at):
        found.setdefault(unit_id, {})[record.member_id] = record
    return found
