"""A trial's villages as a list: filters that live in the URL, and the counts beside them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.county.contest.comparing import Movement, compare, former_trial
from services.county.contest.models import Contest, Trial, TrialLine
from services.county.contest.records import former_lines, lines, township_names
from services.county.rulebooks.actions import version
from shared.rules.rulebook_values import Rulebook

OPEN = 0  # in the URL: villages without a tier yet, or left out
PAGE = 100


@dataclass(frozen=True)
class Wanted:
    """What the URL asks for; None: everything. `tier` 0 are those without one."""

    township: UUID | None = None
    tier: int | None = None
    changed: bool = False
    group: str | None = None
    page: int = 1


@dataclass(frozen=True)
class Table:
    """A trial with everything its pages need, read once."""

    contest: Contest
    trial: Trial
    rulebook: Rulebook
    lines: Sequence[TrialLine]
    townships: Mapping[UUID, str]
    former: Mapping[UUID, TrialLine]
    before: Trial | None
    moved: Mapping[UUID, Movement]

    @property
    def groups(self) -> list[str]:
        """The pools, in their order."""
        return sorted({line.group for line in self.lines})

    @property
    def tied(self) -> set[tuple[str, int | None]]:
        """(group, rank) held by more than one village."""
        held = Counter((line.group, line.rank) for line in self.lines if line.rank is not None)
        return {key for key, count in held.items() if count > 1}


def read(session: Session, contest: Contest, trial: Trial) -> Table:
    """The trial with its lines, last year's result, and the trial before."""
    before = former_trial(session, trial)
    found = lines(session, trial)
    old = {line.unit_id: line for line in lines(session, before)} if before else {}
    moved = {one.line.unit_id: one for one in compare(old, found)} if before else {}
    rulebook = version(session, trial.rulebook_hash)[1]
    return Table(
        contest,
        trial,
        rulebook,
        found,
        township_names(session),
        former_lines(session, contest),
        before,
        moved,
    )


def alone(table: Table) -> Table:
    """The same without the trial before it: a published result is compared with no attempt."""
    return replace(table, before=None, moved={})


def selected(table: Table, wanted: Wanted) -> list[TrialLine]:
    """The lines the URL asks for, in rank order."""
    return [line for line in table.lines if _fits(table, wanted, line)]


def _fits(table: Table, wanted: Wanted, line: TrialLine) -> bool:
    return (
        (wanted.group is None or line.group == wanted.group)
        and (wanted.township is None or line.township_id == wanted.township)
        and (wanted.tier is None or (line.tier or OPEN) == wanted.tier)
        and (not wanted.changed or changed(table, line))
    )


def changed(table: Table, line: TrialLine) -> bool:
    """Whether a village's tier or score differs from the trial before."""
    one = table.moved.get(line.unit_id)
    return one is not None and (one.tier_changed or bool(one.score) or one.before is None)


def seats(table: Table, group: str) -> list[int]:
    """Villages per tier in a pool, places still in dispute counted where they will fall."""
    filled = list(table.trial.cuts[group]["filled"])
    for block in table.trial.blocks:
        if block["group"] == group:
            for tier, count in block["seats"]:
                filled[tier - 1] += count
    return filled


def last_page(count: int) -> int:
    """How many pages `count` rows fill; at least one."""
    return max(1, -(-count // PAGE))


def category_points(line: TrialLine, rulebook: Rulebook) -> list[int | None]:
    """Points by category in the rulebook's order; None where the village is left out."""
    return [line.categories.get(category.code) for category in rulebook.categories]


def tier_name(rulebook: Rulebook, number: int | None) -> Any:
    """The tier, or None while undecided."""
    return rulebook.tier(number) if number and number <= len(rulebook.tiers) else None
