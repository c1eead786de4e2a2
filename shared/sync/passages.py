"""What passes through a tier about a transfer: kept for counting again and for who asks where a member is."""

from collections.abc import Set
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Index, LargeBinary, String, Table, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from shared.contracts.transfers import (
    MemberFollowed,
    TransferAnswered,
    TransferClosed,
    TransferOffered,
    TransferWithdrawn,
)
from shared.kit.db import among
from shared.kit.scope import scoped
from shared.kit.units import Unit
from shared.sync.records import Received
from shared.sync.refusal import OutOfScope, Unacceptable

Word = TransferOffered | TransferWithdrawn | TransferAnswered | TransferClosed


class TransferPassage:
    """Columns of `transfer_passage`: one word of a transfer, about a branch below. Insert-only.

    `unit_id` is the branch it was handed to, or the one it came from where it was passed further up.
    """

    __tablename__ = "transfer_passage"

    # A function: each tier's table needs an index of its own.
    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index("ix_transfer_passage_member", "unit_id", "member_id"),
            {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT",))},
        )

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    member_id: Mapped[UUID]
    origin_code: Mapped[str] = mapped_column(String(32))
    target_code: Mapped[str] = mapped_column(String(32))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]


def keep_passage(session: Session, passages: Table, item: Received, unit_id: UUID) -> None:
    """Keep a word that passes; a repeat changes nothing."""
    body: Word = item.body
    row = {
        "unit_id": unit_id,
        "transfer_id": body.transfer_id,
        "kind": body.KIND,
        "member_id": body.card.member_id if isinstance(body, TransferOffered) else body.member_id,
        "origin_code": body.origin_code,
        "target_code": body.target_code,
        "body": item.payload,
        "at": datetime.fromisoformat(body.at),
    }
    keys = ["unit_id", "transfer_id", "kind"]
    session.execute(insert(passages).on_conflict_do_nothing(index_elements=keys), row)


def carried_by_unit(
    session: Session, passages: Any, units: Set[UUID] | None = None, member: UUID | None = None
) -> dict[UUID, dict[UUID, TransferClosed]]:
    """By branch and member, the newest record with which somebody came there; `units`, `member` None: any."""
    query = (
        select(passages.unit_id, passages.body)
        .join(Unit, (Unit.id == passages.unit_id) & (Unit.code == passages.target_code))
        .where(passages.kind == TransferClosed.KIND)
    )
    if units is not None:
        query = query.where(among(passages.unit_id, units))
    if member is not None:
        query = query.where(passages.member_id == member)
    records = [
        (row.unit_id, msgspec.json.decode(row.body, type=TransferClosed)) for row in session.execute(query)
    ]
    found: dict[UUID, dict[UUID, TransferClosed]] = {}
    for unit_id, record in sorted(records, key=lambda one: one[1].at):
        found.setdefault(unit_id, {})[record.member_id] = record
    return found


def require_handed_over(session: Session, passages: Table, body: MemberFollowed) -> None:
    """What follows a member follows a closing record that passed here. Raises OutOfScope."""
    query = select(passages.c.member_id).where(
        passages.c.transfer_id == body.transfer_id,
        passages.c.kind == TransferClosed.KIND,
        passages.c.origin_code == body.origin_code,
        passages.c.target_code == body.target_code,
    )
    if body.member_id not in set(session.scalars(query)):
        raise OutOfScope("it follows a member whom this branch has not handed over there")


def speaks_for(unit: Unit, body: Word | MemberFollowed) -> None:
    """A branch speaks under its own code, and it alone knows its answer. Raises Unacceptable."""
    if body.origin_code != unit.code:
        raise Unacceptable("a branch speaks for another one")
    if isinstance(body, TransferAnswered) and body.verdict not in ("accepted", "refused"):
        raise Unacceptable("a branch answers with yes or no")


def nobody_there(body: TransferOffered, now: datetime) -> TransferAnswered:
    """The answer to an offer to a branch that is not there, or no longer."""
    return TransferAnswered(
        transfer_id=body.transfer_id,
        origin_code=body.target_code,
        origin_name="",
        target_code=body.origin_code,
        member_id=body.card.member_id,
        verdict="unknown",
        since="",
        reason="",
        by="",
        at=now.isoformat(),
    )
