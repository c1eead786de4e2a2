"""Tables of batches of notices, the same at every tier that prints; each tier's room maps them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from shared.kit.scope import scoped


class BatchColumns:
    """Notices asked for together: made by the worker one after another, kept until `keep_until`.

    `digest` is over all that was pinned when they were asked for: the same asked again is the same batch.
    `fault` holds characters that no font had when they were made; `person_id` is who asked, where a member.
    """

    __tablename__ = "notice_batch"

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index("ix_notice_batch_unit", "unit_id", "year", "asked_at"),
            {"info": scoped(person="person_id")},
        )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    year: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    filters: Mapped[list[str]] = mapped_column(JSONB)
    total: Mapped[int]
    done: Mapped[int]
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_by_id: Mapped[UUID]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    keep_until: Mapped[datetime]
    fault: Mapped[str] = mapped_column(String(200))
    merged: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


class BatchedColumns:
    """One notice of a batch: what it says, pinned when it was asked for, and its PDF once it is made."""

    __tablename__ = "batched_notice"

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return ({"info": scoped(person="member_id")},)

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    member_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(200))
    given: Mapped[dict[str, Any]] = mapped_column(JSONB)
    body: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
