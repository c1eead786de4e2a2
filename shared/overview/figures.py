"""What the overview counts (M15), summed up the tree; the four complaints as figures.

Points are hundredths. Every share is in whole percent and None where there is nothing to divide by.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

# A claim on the phone: file, item, submit (UX.md: at most three taps). By proxy the member does none.
STEPS = 3


@dataclass(frozen=True)
class Figures:
    """One branch's year, or several branches' together. `due` and what follows count months of branches.

    `seen` counts branches of which somebody above has looked at a statement. `commitments` is 0 until
    statements carry them; `hollow` are those of them that say nothing. `outcomes` are consequences that the
    rules proposed, `acted` those of them that somebody decided, to apply or not.
    """

    branches: int = 0
    members: int = 0
    due: int = 0
    closed: int = 0
    approved: int = 0
    seen: int = 0
    total: int = 0
    attendance: int = 0
    claims: int = 0
    returned: int = 0
    proxy: int = 0
    commitments: int = 0
    hollow: int = 0
    outcomes: int = 0
    acted: int = 0
    categories: Mapping[str, int] = field(default_factory=dict)

    @property
    def attendance_share(self) -> int | None:
        """Points for attending, of all points."""
        return percent(self.attendance, self.total)

    @property
    def returned_share(self) -> int | None:
        """Claims the branch returned, of all claims."""
        return percent(self.returned, self.claims)

    @property
    def proxy_share(self) -> int | None:
        """Claims entered for somebody else, of all claims."""
        return percent(self.proxy, self.claims)

    @property
    def coverage(self) -> int | None:
        """Months approved, of those due."""
        return percent(self.approved, self.due)

    @property
    def outcomes_share(self) -> int | None:
        """Proposed consequences that somebody has decided on, of all proposed."""
        return percent(self.acted, self.outcomes)

    @property
    def hollow_share(self) -> int | None:
        """Commitments that say nothing, of all commitments."""
        return percent(self.hollow, self.commitments)

    @property
    def steps(self) -> int | None:
        """Steps of the member per claim, hundredths."""
        return (self.claims - self.proxy) * STEPS * 100 // self.claims if self.claims else None

    @property
    def per_member(self) -> int | None:
        """Claims per member of the year so far, hundredths."""
        return self.claims * 100 // self.members if self.members else None


def percent(part: int, whole: int) -> int | None:
    """Whole percent, or None."""
    return round(part * 100 / whole) if whole > 0 else None


def together(many: Iterable[Figures]) -> Figures:
    """The sum of several."""
    found = list(many)
    counted = [name for name in Figures.__dataclass_fields__ if name != "categories"]
    categories: dict[str, int] = {}
    for one in found:
        for code, points in one.categories.items():
            categories[code] = categories.get(code, 0) + points
    return Figures(
        **{name: sum(getattr(one, name) for one in found) for name in counted}, categories=categories
    )


def months_due(year: int, today: date, late_until: date) -> int:
    """How many months of `year` are over on `today`: their statements are due (December: late days over)."""
    if today.year > year:
        return 12 if today > late_until else 11
    return max(0, today.month - 1) if today.year == year else 0


@dataclass(frozen=True)
class MonthRow:
    """One month of a branch as this tier holds it."""

    statement_id: UUID
    month: int
    part: int
    members: int
    total: int
    attendance: int
    state: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Posted:
    """What one statement posted for one member: `posted` holds [month done, category, hundredths, kind]."""

    statement_id: UUID
    unit_id: UUID
    member_id: UUID
    month: int
    part: int
    exempt: bool
    total: int
    posted: list[list[Any]]
    by: str
    at: datetime
