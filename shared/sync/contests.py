"""What a tier below the county knows of a contest: folded from the county documents it has received."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from shared.contracts.documents import (
    ContestOpened,
    ContestStage,
    ResultAnnounced,
    RulebookPublished,
    VillageResult,
)
from shared.kit.errors import Absent
from shared.rules.course import Course
from shared.rules.rulebook import parse_rulebook
from shared.rules.rulebook_values import Rulebook
from shared.sync.publications import documents, latest


@dataclass(frozen=True)
class OpenContest:
    """A contest with its rulebook and where it stands."""

    opened: ContestOpened
    rulebook: Rulebook
    course: Course

    @property
    def id(self) -> UUID:
        """The contest's id."""
        return self.opened.contest_id


def current_contest(session: Session) -> OpenContest | None:
    """The newest contest the county has opened, or None before the first."""
    opened = documents(session, ContestOpened)
    return _read(session, max(opened, key=lambda d: (d.year, d.opened_at))) if opened else None


def contest_by_id(session: Session, contest_id: UUID) -> OpenContest:
    """One opened contest; raises Absent."""
    opened = latest(session, ContestOpened, str(contest_id))
    if opened is None:
        raise Absent
    return _read(session, opened)


def contest_of_year(session: Session, year: int) -> ContestOpened | None:
    """The contest opened for a year, or None."""
    return next((document for document in documents(session, ContestOpened) if document.year == year), None)


def chosen_contest(session: Session, year: int | None) -> OpenContest | None:
    """The contest of a year, or the newest; raises Absent for a year without one."""
    if year is None:
        return current_contest(session)
    opened = contest_of_year(session, year)
    if opened is None:
        raise Absent
    return contest_by_id(session, opened.contest_id)


def contest_years(session: Session) -> Sequence[int]:
    """Years with a contest, newest first."""
    return sorted({opened.year for opened in documents(session, ContestOpened)}, reverse=True)


def _read(session: Session, opened: ContestOpened) -> OpenContest:
    published = latest(session, RulebookPublished, opened.rulebook_hash)
    if published is None:
        raise Absent
    stage = latest(session, ContestStage, str(opened.contest_id))
    announced = announced_result(session, opened.contest_id)
    until = (
        date.fromisoformat(announced.objections_until) if announced and announced.objections_until else None
    )
    course = Course(
        stage.stage if stage else "collecting",
        date.fromisoformat(opened.filing_until),
        date.fromisoformat(opened.verifying_until),
        until,
    )
    return OpenContest(opened, parse_rulebook(json.loads(published.text)), course)


def announced_result(session: Session, contest_id: UUID) -> ResultAnnounced | None:
    """The newest announced result, under publicity or published."""
    return latest(session, ResultAnnounced, str(contest_id))


def why(session: Session, contest_id: UUID, village_id: UUID) -> VillageResult | None:
    """The newest derivation of one village's tier."""
    return latest(session, VillageResult, f"{contest_id}/{village_id}")
