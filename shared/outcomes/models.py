"""Tables of cases and words, the same at every tier; each tier's room maps them onto its own base."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, String, Text, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from shared.kit.scope import scoped
from shared.rules.outcomes import SORTS, STATES


def _one_of(column: str, codes: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(code) for code in codes)})"


class CaseColumns:
    """An outcome proposed, an application for fault tolerance, or an appeal; `tier` decides it.

    `state` is where its words leave it (see rules.outcomes.course), `version` how many there are, and
    `referred_to` who stands in for the branch (see rules.outcomes.offices): kept so that lists need not fold
    words. `run_id` is the drawing-up that proposed it, None where people opened it.
    """

    __tablename__ = "outcome_case"

    # A function: each tier's table needs an index of its own.
    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index("ix_outcome_case_member", "unit_id", "member_id", "year"),
            # Somebody who has moved is looked for in every branch.
            Index("ix_outcome_case_person", "member_id", "year"),
            Index("ix_outcome_case_state", "year", "tier", "state"),
            CheckConstraint(_one_of("sort", SORTS), name="sort"),
            CheckConstraint(_one_of("state", STATES), name="state"),
            {"info": scoped(ingest=("SELECT", "INSERT", "UPDATE"), person="member_id")},
        )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    member_id: Mapped[UUID]
    year: Mapped[int]
    sort: Mapped[str] = mapped_column(String(12))
    tier: Mapped[str] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(40))
    against: Mapped[UUID | None] = mapped_column(index=True)
    rulebook: Mapped[str] = mapped_column(String(64))
    reasons: Mapped[list[list[str]]] = mapped_column(JSONB)
    text: Mapped[str] = mapped_column(Text)
    codes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    run_id: Mapped[UUID | None]
    opened_by: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    version: Mapped[int]
    referred_to: Mapped[str] = mapped_column(String(12), server_default="")
    referred_whole: Mapped[bool] = mapped_column(server_default=false())


class WordColumns:
    """One word about a case. Insert-only; `by_id` is an account of this tier, None for what was received."""

    __tablename__ = "outcome_word"

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index("ix_outcome_word_case", "case_id", "at", "id"),
            {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT", "INSERT"), person="member_id")},
        )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    member_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(16))
    verdict: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    tier: Mapped[str] = mapped_column(String(12))
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID | None]
    at: Mapped[datetime]


class RunColumns:
    """One drawing-up of proposals for a branch. Insert-only: what went in (`given`), and what came out.

    `given` are subjects as the rule takes them; `digest` is over the proposals, so that the same given under
    the same rulebook can be shown to come to the same.
    """

    __tablename__ = "outcome_run"

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index("ix_outcome_run_unit", "unit_id", "year", "at"),
            {"info": scoped(app=("SELECT", "INSERT"))},
        )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    rulebook: Mapped[str] = mapped_column(String(64))
    rule_version: Mapped[int]
    drawn_on: Mapped[str] = mapped_column(String(10))
    given: Mapped[list[Any]] = mapped_column(JSONB)
    proposed: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
