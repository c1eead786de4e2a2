"""A contest's announced result as this village knows it: the public table, its own line, why."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy.orm import Session

from shared.contracts.documents import ResultAnnounced, ResultRow, VillageResult
from shared.sync.contests import OpenContest, announced_result, why


@dataclass(frozen=True)
class Result:
    """What was announced last, with this village's line in it and its derivation (None: still on the way)."""

    contest: OpenContest
    announced: ResultAnnounced
    mine: ResultRow | None
    why: VillageResult | None

    @property
    def stage(self) -> str:
        """publicity, locked, published, or reopened where the county took it back to count again."""
        if self.announced.stage == "published":
            return "published"
        return (
            self.contest.course.stage if self.contest.course.stage in ("publicity", "locked") else "reopened"
        )

    @property
    def announced_at(self) -> datetime:
        """When the county announced it."""
        return datetime.fromisoformat(self.announced.announced_at)

    @cached_property
    def table(self) -> list[ResultRow]:
        """The public table by group and rank, villages without a rank last."""
        return sorted(
            self.announced.rows, key=lambda row: (row.group, row.rank is None, row.rank or 0, row.code)
        )

    @property
    def pool(self) -> int:
        """How many villages compete with this one."""
        group = self.mine.group if self.mine else None
        return sum(row.group == group and not row.excluded for row in self.announced.rows)


def result_of(session: Session, contest: OpenContest, village_id: UUID) -> Result | None:
    """The announced result with one village's line and derivation, or None before publicity."""
    announced = announced_result(session, contest.id)
    if announced is None:
        return None
    mine = next((row for row in announced.rows if row.village_id == village_id), None)
    explained = why(session, contest.id, village_id)
    # The table and the derivation travel apart: an older derivation explains another result.
    fits = (
        explained is not None
        and mine is not None
        and (explained.edition, explained.stage) == (announced.edition, announced.stage)
        and (explained.score, explained.rank, explained.tier) == (mine.score, mine.rank, mine.tier)
    )
    return Result(contest, announced, mine, explained if fits else None)
