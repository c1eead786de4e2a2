"""The grading contest: its course, its trials, what people decided, and its locked editions."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.county.base import CountyBase
from shared.kit.ids import new_id
from shared.kit.scope import scoped
from shared.kit.units import Unit

STATES = ("draft", "collecting", "verifying", "trial", "publicity", "locked", "published")
ADDED = ("SELECT", "INSERT")


class Contest(CountyBase):
    """One contest year of a county. Only its course changes; what it found stands in trials and editions."""

    __tablename__ = "contest"
    __table_args__ = (
        UniqueConstraint("unit_id", "year"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        {"info": scoped()},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id))
    year: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    rulebook_hash: Mapped[str] = mapped_column(ForeignKey("rulebook.hash"))
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column()
    filing_until: Mapped[date]
    verifying_until: Mapped[date]
    objections_until: Mapped[date | None]
    synthetic_note: Mapped[str] = mapped_column(String(200), default="")

    # Two people on one row: the second to save is told, nothing is overwritten.
    __mapper_args__: ClassVar = {"version_id_col": version}


class Trial(CountyBase):
    """One computation of the whole contest from pinned inputs. Insert-only."""

    __tablename__ = "trial"
    __table_args__ = (UniqueConstraint("contest_id", "number"), {"info": scoped(app=ADDED)})

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    contest_id: Mapped[UUID] = mapped_column(ForeignKey("contest.id"))
    unit_id: Mapped[UUID]
    number: Mapped[int]
    rulebook_hash: Mapped[str] = mapped_column(String(64))
    rule_version: Mapped[int]
    input_hash: Mapped[str] = mapped_column(String(64))
    result_hash: Mapped[str] = mapped_column(String(64))
    blocks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    cuts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    decisions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class TrialLine(CountyBase):
    """One village in one trial: what went in, what came out, in hundredths. Insert-only."""

    __tablename__ = "trial_line"
    __table_args__ = (Index("ix_trial_line_unit", "unit_id"), {"info": scoped(app=ADDED)})

    trial_id: Mapped[UUID] = mapped_column(ForeignKey("trial.id"), primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    village_code: Mapped[str] = mapped_column(String(32))
    village_name: Mapped[str] = mapped_column(String(120))
    township_id: Mapped[UUID]
    group: Mapped[str] = mapped_column(String(64))
    verified_return_id: Mapped[UUID | None]
    values: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    vetoes: Mapped[list[str]] = mapped_column(JSONB)
    points: Mapped[dict[str, int]] = mapped_column(JSONB)
    categories: Mapped[dict[str, int]] = mapped_column(JSONB)
    score: Mapped[int | None]
    rank: Mapped[int | None]
    tier: Mapped[int | None]
    excluded: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)


class TieDecision(CountyBase):
    """The county's order among villages no rule separates, with the reason made public. Insert-only."""

    __tablename__ = "tie_decision"
    __table_args__ = ({"info": scoped(app=ADDED)},)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    contest_id: Mapped[UUID] = mapped_column(ForeignKey("contest.id"), index=True)
    unit_id: Mapped[UUID]
    villages: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class Objection(CountyBase):
    """An objection, as received from a township. Insert-only."""

    __tablename__ = "objection"
    __table_args__ = ({"info": scoped(ingest=("INSERT",), app=("SELECT",))},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contest_id: Mapped[UUID] = mapped_column(index=True)
    unit_id: Mapped[UUID]
    township_id: Mapped[UUID]
    raised_at_tier: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class ObjectionAnswer(CountyBase):
    """The county's answer to an objection. Insert-only."""

    __tablename__ = "objection_answer"
    __table_args__ = ({"info": scoped(app=ADDED)},)

    objection_id: Mapped[UUID] = mapped_column(ForeignKey("objection.id"), primary_key=True)
    unit_id: Mapped[UUID]
    upheld: Mapped[bool]
    answer: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class Edition(CountyBase):
    """A locked result: the trial it is, and by whom. A correction is the next edition. Insert-only."""

    __tablename__ = "edition"
    __table_args__ = ({"info": scoped(app=ADDED)},)

    contest_id: Mapped[UUID] = mapped_column(ForeignKey("contest.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    unit_id: Mapped[UUID]
    trial_id: Mapped[UUID] = mapped_column(ForeignKey("trial.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    locked_by: Mapped[str] = mapped_column(String(64))
    locked_by_id: Mapped[UUID]
    locked_at: Mapped[datetime]


class EditionPublished(CountyBase):
    """A second person published an edition; `signature` is the node's over its hashes. Insert-only."""

    __tablename__ = "edition_published"
    __table_args__ = ({"info": scoped(app=ADDED)},)

    contest_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    unit_id: Mapped[UUID]
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID]
    at: Mapped[datetime]
    key_id: Mapped[str] = mapped_column(String(64))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class Correction(CountyBase):
    """One figure of a published contest put right: proposed by one, confirmed by another."""

    __tablename__ = "correction"
    __table_args__ = ({"info": scoped()},)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    contest_id: Mapped[UUID] = mapped_column(ForeignKey("contest.id"), index=True)
    unit_id: Mapped[UUID]
    indicator: Mapped[str] = mapped_column(String(64))
    before: Mapped[str] = mapped_column(String(32))
    value: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(String(64))
    proposed_by_id: Mapped[UUID]
    proposed_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    confirmed_by: Mapped[str] = mapped_column(String(64), default="")
    confirmed_at: Mapped[datetime | None]


class CourseEvent(CountyBase):
    """Every step a contest took, by whom and why. Insert-only."""

    __tablename__ = "course_event"
    __table_args__ = ({"info": scoped(app=ADDED)},)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    contest_id: Mapped[UUID] = mapped_column(ForeignKey("contest.id"), index=True)
    unit_id: Mapped[UUID]
    before: Mapped[str] = mapped_column(String(16))
    after: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
