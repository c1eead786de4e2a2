"""The contest rulebook as frozen values (mission row M5); `rulebook.parse_rulebook` builds it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property


@dataclass(frozen=True)
class Category:
    code: str
    name: str
    name_en: str = ""


@dataclass(frozen=True)
class Linear:
    """Points grow evenly from 0 at `zero` to the full weight at `full` (either may be the larger)."""

    zero: Decimal
    full: Decimal


@dataclass(frozen=True)
class Step:
    at: Decimal
    points: int


@dataclass(frozen=True)
class Steps:
    """The points of the best step reached; steps in rising order of `at`, points in hundredths."""

    steps: tuple[Step, ...]


@dataclass(frozen=True)
class YesNo:
    """Points in hundredths for 'yes' and for 'no'."""

    yes: int
    no: int = 0


@dataclass(frozen=True)
class Indicator:
    """`weight` is the most points it can give, in hundredths; `low`/`high` bound what is plausible."""

    code: str
    name: str
    name_en: str
    category: str
    unit: str
    unit_en: str
    weight: int
    direction: str
    places: int
    low: Decimal | None
    high: Decimal | None
    scoring: Linear | Steps | YesNo
    source: str
    evidence: str

    @property
    def column(self) -> str:
        """How a table heads this indicator: name and unit."""
        return f"{self.name}（{self.unit}）" if self.unit else self.name


@dataclass(frozen=True)
class Veto:
    """Bars every tier better than `best_tier`: by a recorded event, or by an indicator's value."""

    name: str
    name_en: str
    best_tier: int
    event: str = ""
    indicator: str = ""
    below: Decimal | None = None
    above: Decimal | None = None

    def hit_by(self, value: Decimal) -> bool:
        """Whether an indicator's value triggers it; exactly at the limit it does not."""
        return (self.below is not None and value < self.below) or (
            self.above is not None and value > self.above
        )


@dataclass(frozen=True)
class Proposals:
    """What a tier proposes for village cadres (pay 待遇, posts 选拔任用, honours 评先荐优); people decide."""

    pay: str = ""
    appointment: str = ""
    honours: str = ""


@dataclass(frozen=True)
class Tier:
    """`share` in percent; `floor` is the least score in hundredths that may hold this tier."""

    number: int
    name: str
    name_en: str
    share: Decimal
    floor: int | None
    proposals: Proposals
    proposals_en: Proposals


@dataclass(frozen=True)
class TieItem:
    """One comparison between villages of equal score: the sum of the points at these positions."""

    code: str
    name: str
    positions: tuple[int, ...]


@dataclass(frozen=True)
class Rulebook:
    name: str
    name_en: str
    source: str
    certainty: str
    effective_from: date
    grouping: str
    categories: tuple[Category, ...]
    indicators: tuple[Indicator, ...]
    vetoes: tuple[Veto, ...]
    tiers: tuple[Tier, ...]
    equal_remainders: str
    ties: tuple[TieItem, ...]
    missing_return: str
    publicity_days: int
    hash: str = field(default="", compare=False)

    @cached_property
    def by_code(self) -> dict[str, Indicator]:
        return {indicator.code: indicator for indicator in self.indicators}

    @cached_property
    def events(self) -> dict[str, Veto]:
        """Vetoes by recorded event, by event code."""
        return {veto.event: veto for veto in self.vetoes if veto.event}

    @cached_property
    def shares(self) -> tuple[Decimal, ...]:
        return tuple(tier.share for tier in self.tiers)

    @cached_property
    def category_positions(self) -> dict[str, tuple[int, ...]]:
        """Where each category's indicators stand in `indicators`."""
        return {
            category.code: tuple(
                place for place, item in enumerate(self.indicators) if item.category == category.code
            )
            for category in self.categories
        }

    def tier(self, number: int) -> Tier:
        return self.tiers[number - 1]
