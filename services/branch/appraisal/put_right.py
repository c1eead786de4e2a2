"""Grades, totals and bases as upheld appeals left them, for the pages that show what was graded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.appraisal.models import GradeLine, GradingRun
from services.branch.outcomes.corrected import corrected
from services.branch.outcomes.models import BaseCorrection, OutcomeCase
from shared.kit.db import among
from shared.outcomes.corrections import Corrected


@dataclass
class Change:
    """What counter-entries added to a base (hundredths), and the appeal they followed from, if one."""

    points: int = 0
    case_id: UUID | None = None

    @property
    def href(self) -> str:
        """The appeal."""
        return url_for("outcomes.one", case_id=self.case_id) if self.case_id else ""


UNCHANGED = Change()


@dataclass(frozen=True)
class PutRight:
    """What changed since a run was worked out: its grades and totals, the bases it began and ended with."""

    grades: Mapping[tuple[UUID, int], Corrected] = field(default_factory=dict)
    begun: Mapping[UUID, Change] = field(default_factory=dict)
    ended: Mapping[UUID, Change] = field(default_factory=dict)
    cases: frozenset[UUID] = frozenset()

    def grade(self, line: GradeLine) -> Corrected | None:
        """The appeal that changed this grade or total."""
        return self.grades.get((line.member_id, line.year))

    def href(self, found: Corrected | None) -> str:
        """The appeal, where it is this branch's: who has moved may have appealed at another one."""
        return url_for("outcomes.one", case_id=found.case_id) if found and found.case_id in self.cases else ""

    def base(self, line: GradeLine) -> Change:
        """What the base it stood on has changed by since."""
        return self.begun.get(line.member_id, UNCHANGED)

    def next_base(self, member_id: UUID) -> Change:
        """What next year's base has changed by since it was carried."""
        return self.ended.get(member_id, UNCHANGED)

    def total(self, line: GradeLine) -> int:
        """The total as it stands now, hundredths."""
        found = self.grade(line)
        return line.total + self.base(line).points + (found.points if found else 0)


def put_right(session: Session, run: GradingRun | None, members: Sequence[UUID]) -> PutRight:
    """What appeals changed for these members since the run; a base in it was right when it was worked out."""
    if run is None:
        return PutRight()
    grades = corrected(session, members, run.year)
    held = select(OutcomeCase.id).where(
        OutcomeCase.unit_id == run.unit_id, among(OutcomeCase.id, [one.case_id for one in grades.values()])
    )
    return PutRight(
        grades,
        _changes(session, run.unit_id, members, run.year, run.at),
        _changes(session, run.unit_id, members, run.year + 1),
        frozenset(session.scalars(held)) if grades else frozenset(),
    )


def _changes(
    session: Session, unit_id: UUID, members: Sequence[UUID], year: int, since: datetime | None = None
) -> dict[UUID, Change]:
    query = (
        select(BaseCorrection, OutcomeCase.id)
        # The branch puts bases right itself when it settles a year anew: then there is no appeal to look at.
        .outerjoin(OutcomeCase, OutcomeCase.id == BaseCorrection.case_id)
        .where(
            BaseCorrection.unit_id == unit_id,
            BaseCorrection.year == year,
            BaseCorrection.member_id.in_(members),
        )
        .order_by(BaseCorrection.at)
    )
    if since is not None:
        query = query.where(BaseCorrection.at > since)
    found: dict[UUID, Change] = {}
    for entry, case_id in session.execute(query):
        change = found.setdefault(entry.member_id, Change())
        change.points += entry.points
        change.case_id = case_id or change.case_id
    return found
