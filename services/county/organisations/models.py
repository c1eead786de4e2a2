"""Classings as townships sent them, the county's words, and the classes and bases that came of them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.county.base import CountyBase
from shared.kit.scope import scoped
from shared.organisations.ledger import Tables
from shared.organisations.models import (
    ClassingColumns,
    ClassingWordColumns,
    EntryColumns,
    SaidColumns,
    WordColumns,
)


class OrganisationEntry(EntryColumns, CountyBase):
    """Entries of committees, which the county decides. See EntryColumns."""


class OrganisationWord(WordColumns, CountyBase):
    """See WordColumns."""


class OrganisationSaid(SaidColumns, CountyBase):
    """See SaidColumns."""


class Classing(ClassingColumns, CountyBase):
    """See ClassingColumns."""


class ClassingWord(ClassingWordColumns, CountyBase):
    """See ClassingWordColumns."""


class ClassedUnit(CountyBase):
    """A unit's class of a year out of an approved classing, hundredths. Insert-only; the newest counts.

    `document` are the bytes of the UnitClassed that the unit was sent.
    """

    __tablename__ = "classed_unit"
    __table_args__ = (
        Index("ix_classed_unit_unit", "unit_id", "year"),
        Index("ix_classed_unit_year", "year", "grade"),
        {"info": scoped(app=("SELECT", "INSERT"))},
    )

    classing_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    pool_id: Mapped[UUID]
    year: Mapped[int]
    base: Mapped[int]
    months: Mapped[int]
    bonus: Mapped[int]
    deductions: Mapped[int]
    appraisal: Mapped[int]
    total: Mapped[int]
    grade: Mapped[str] = mapped_column(String(40))
    rank: Mapped[int | None]
    rectify_until: Mapped[date | None]
    document: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]


class ClassReviewWord(CountyBase):
    """What was said on a unit's request for review: decided, sent back, confirmed. Insert-only.

    `grade` and `points` (added, hundredths) are what an upheld request brings.
    """

    __tablename__ = "class_review_word"
    __table_args__ = (
        Index("ix_class_review_word_request", "request_id", "at"),
        Index("ix_class_review_word_unit", "unit_id", "year"),
        CheckConstraint("kind IN ('decided', 'sent_back', 'confirmed')", name="kind"),
        {"info": scoped(app=("SELECT", "INSERT"))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    upheld: Mapped[bool]
    grade: Mapped[str] = mapped_column(String(40))
    points: Mapped[int]
    text: Mapped[str] = mapped_column(String(400))
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID]
    at: Mapped[datetime]


class CarriedUnitBase(CountyBase):
    """The base a unit begins `year` with, hundredths, carried when the last was closed. Insert-only."""

    __tablename__ = "carried_unit_base"
    __table_args__ = ({"info": scoped(app=("SELECT", "INSERT"))},)

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    base: Mapped[int]
    from_total: Mapped[int]
    from_earned: Mapped[int]
    at: Mapped[datetime]


class UnitBaseCorrection(CountyBase):
    """A counter-entry to a carried base, hundredths, that a review upheld since brought. Insert-only."""

    __tablename__ = "unit_base_correction"
    __table_args__ = ({"info": scoped(app=("SELECT", "INSERT"))},)

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    points: Mapped[int]
    at: Mapped[datetime]


TABLES = Tables(OrganisationEntry, OrganisationWord)
