"""A points scheme (积分办法) of one field as frozen values (M4, M8); `scheme.parse_scheme` builds it."""

import dataclasses
from dataclasses import dataclass
from datetime import date
from functools import cached_property

FIELDS = ("rural", "community", "organ", "state_enterprise", "school", "non_public", "social_organisation")
# Not a field of members: the scheme under which a branch itself earns (M42).
ORGANISATIONS = "organisations"
KINDS = ("basic", "commitment", "service", "temporary", "bonus", "deduction")
EVIDENCE = ("none", "optional", "witness", "required")


@dataclass(frozen=True)
class Category:
    """`cap` is the most points (hundredths) of one `period`, 'month' or 'year'; None: no cap."""

    code: str
    name: str
    name_en: str
    kind: str
    period: str
    cap: int | None

    @property
    def sign(self) -> int:
        """-1 for deductions, whose points are written positive."""
        return -1 if self.kind == "deduction" else 1


@dataclass(frozen=True)
class Item:
    """One thing that earns. `points` (hundredths) for each time; the branch may give up to `most`.

    `cap` is the most of one period of its category. `roles` empty: every member. `by`: who may enter it,
    'member' (or a proxy for him) or 'branch'. `hard` does not apply to exempt members. `attendance` marks
    being present as distinct from doing. In the scheme of organisations 'member' is the organisation itself
    and 'branch' the one above it.
    """

    code: str
    name: str
    name_en: str
    category: str
    unit: str
    unit_en: str
    points: int
    most: int
    cap: int | None
    roles: tuple[str, ...]
    evidence: str
    by: str
    hard: bool
    attendance: bool

    @property
    def ranged(self) -> bool:
        """Whether the branch decides how many points it is worth."""
        return self.most > self.points


@dataclass(frozen=True)
class Scheme:
    """Points in hundredths. `standard` is what a month is expected to bring, by kind of category."""

    name: str
    name_en: str
    field: str
    source: str
    certainty: str
    effective_from: date
    categories: tuple[Category, ...]
    items: tuple[Item, ...]
    attendance_cap: int
    month_cap: int
    late_days: int
    near_days: int
    reply_days: int
    standard: int
    standard_exempt: int
    hash: str = dataclasses.field(default="", compare=False)

    @cached_property
    def by_code(self) -> dict[str, Item]:
        return {item.code: item for item in self.items}

    @cached_property
    def category(self) -> dict[str, Category]:
        return {category.code: category for category in self.categories}
