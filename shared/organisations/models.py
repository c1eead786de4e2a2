"""Tables of entries and words, the same at branch and township; each room maps them onto its own base."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from shared.kit.scope import scoped

INSERT_ONLY = ("SELECT", "INSERT")


class EntryColumns:
    """One thing a branch did, or (`above`) the township holds against it. Insert-only.

    `fault` is the rule's refusal as the receiving tier found it, '' where it is sound. `by_id` is an account
    of this tier, None for what was received.
    """

    __tablename__ = "organisation_entry"

    # A function: each tier's table needs an index of its own.
    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index("ix_organisation_entry_unit", "unit_id", "year"),
            {"info": scoped(ingest=INSERT_ONLY, app=INSERT_ONLY)},
        )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    scheme: Mapped[str] = mapped_column(String(64))
    item: Mapped[str] = mapped_column(String(40))
    day: Mapped[date]
    times: Mapped[int]
    what: Mapped[str] = mapped_column(String(400))
    witness: Mapped[str] = mapped_column(String(64))
    above: Mapped[bool]
    fault: Mapped[str] = mapped_column(String(40))
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID | None]
    at: Mapped[datetime]


class WordColumns:
    """One word about an entry: the branch's reply, or the township's decision. Insert-only.

    States are read from the words: the newest decision counts.
    """

    __tablename__ = "organisation_word"

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index("ix_organisation_word_entry", "entry_id", "at"),
            Index("ix_organisation_word_unit", "unit_id"),
            CheckConstraint("kind IN ('reply', 'approved', 'returned', 'struck')", name="kind"),
            {"info": scoped(ingest=INSERT_ONLY, app=INSERT_ONLY)},
        )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(12))
    points: Mapped[int | None]
    text: Mapped[str] = mapped_column(String(400))
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID | None]
    at: Mapped[datetime]


class SaidColumns:
    """A word about a unit's year-end: `body` is one of contracts.classing.BODIES. Insert-only.

    `above`: said by the tier that classes the unit. States are read from the words.
    """

    __tablename__ = "organisation_said"

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index("ix_organisation_said_unit", "unit_id", "year", "at"),
            {"info": scoped(ingest=INSERT_ONLY, app=INSERT_ONLY)},
        )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    above: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(16))
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID | None]
    at: Mapped[datetime]


class ClassingColumns:
    """A pool's classing: `unit_id` is the unit that proposes it. Insert-only.

    `body` are the bytes of a ClassingFiled, as received where it came from below.
    """

    __tablename__ = "organisation_classing"

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index("ix_organisation_classing_unit", "unit_id", "year", "at"),
            {"info": scoped(ingest=INSERT_ONLY, app=INSERT_ONLY)},
        )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    units: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID | None]
    at: Mapped[datetime]


class ClassingWordColumns:
    """What was decided on a classing, in order; the newest word is its state. Insert-only."""

    __tablename__ = "organisation_classing_word"

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        kinds = ("dropped", "confirmed", "accepted", "returned", "approved")
        return (
            Index("ix_organisation_classing_word_classing", "classing_id", "at"),
            Index("ix_organisation_classing_word_unit", "unit_id"),
            CheckConstraint(f"kind IN {kinds}", name="kind"),
            {"info": scoped(ingest=INSERT_ONLY, app=INSERT_ONLY)},
        )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    classing_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(String(400))
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID | None]
    at: Mapped[datetime]
