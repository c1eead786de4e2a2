"""A branch's year read from its entries and the words about them; points by the same function as members'."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kit.clock import civil
from shared.kit.db import among
from shared.rules.points.claims import Claimed, Finding, flags
from shared.rules.points.scheme_values import Item, Scheme
from shared.rules.points.year import Done, Line, year_points

DECISIONS = ("approved", "returned", "struck")


@dataclass(frozen=True)
class Tables:
    """Where a tier keeps entries and words."""

    entry: Any
    word: Any


@dataclass(frozen=True)
class Standing:
    """An entry with its words in order; `version` is how many there are, as a page shows it."""

    entry: Any
    words: Sequence[Any]
    scheme: Scheme | None

    @property
    def item(self) -> Item | None:
        """What was done, None where the scheme knows no such item."""
        return self.scheme.by_code.get(self.entry.item) if self.scheme else None

    @property
    def decision(self) -> Any | None:
        """The newest decision."""
        return next((one for one in reversed(self.words) if one.kind in DECISIONS), None)

    @property
    def state(self) -> str:
        """'waiting', 'approved', 'returned' or 'struck'."""
        return self.decision.kind if self.decision else "waiting"

    @property
    def version(self) -> int:
        """How many words there are."""
        return len(self.words)

    @property
    def reply(self) -> Any | None:
        """The branch's word on a deduction."""
        return next((one for one in self.words if one.kind == "reply"), None)

    @property
    def deduction(self) -> bool:
        """Whether it takes points away."""
        item = self.item
        return bool(item and self.scheme and self.scheme.category[item.category].sign < 0)

    @property
    def heard_by(self) -> date:
        """The last day for the branch's word on a deduction."""
        days = self.scheme.reply_days if self.scheme else 0
        return civil(self.entry.at).date() + timedelta(days=days)


@dataclass(frozen=True)
class YearOfUnit:
    """What a unit has earned, hundredths: `total`, by category, and each entry's line by its id."""

    total: int = 0
    categories: Mapping[str, int] = field(default_factory=dict)
    lines: Mapping[str, Line] = field(default_factory=dict)


def standings(
    session: Session, tables: Tables, scheme: Scheme | None, year: int, units: Iterable[UUID] | None = None
) -> list[Standing]:
    """Entries of a year in order of the day done, of these units (None: all in scope)."""
    entry, word = tables.entry, tables.word
    query = select(entry).where(entry.year == year).order_by(entry.day, entry.id)
    if units is not None:
        query = query.where(among(entry.unit_id, list(units)))
    found = session.scalars(query).all()
    words = defaultdict(list)
    spoken = select(word).join(entry, entry.id == word.entry_id).where(entry.year == year)
    if units is not None:
        spoken = spoken.where(among(word.unit_id, list(units)))
    for one in session.scalars(spoken.order_by(word.at, word.id)):
        words[one.entry_id].append(one)
    return [
        Standing(one, words[one.id], scheme if scheme and one.scheme == scheme.hash else None)
        for one in found
    ]


def year_of_unit(rows: Iterable[Standing]) -> YearOfUnit:
    """What one unit's approved entries are worth: a function of their set."""
    done = [
        Done(str(one.entry.id), one.entry.day, one.scheme, one.item, one.decision.points)
        for one in rows
        if one.state == "approved"
        and one.scheme
        and one.item
        and one.decision
        and one.decision.points is not None
    ]
    lines: dict[str, Line] = {}
    categories: dict[str, int] = defaultdict(int)
    for month in year_points(done).values():
        for line in month.lines:
            lines[line.id] = line
            categories[line.category] += line.points
    return YearOfUnit(sum(categories.values()), dict(categories), lines)


def claimed(entry: Any) -> Claimed:
    """An entry as the rules see it."""
    return Claimed(entry.item, entry.day, entry.times, entry.what, entry.witness, 0, str(entry.id))


def doubts(one: Standing, rows: Iterable[Standing]) -> tuple[Finding, ...]:
    """What to look at twice among the same unit's entries that still stand; nothing is refused for it."""
    if one.scheme is None:
        return ()
    others = [
        claimed(other.entry)
        for other in rows
        if other.entry.unit_id == one.entry.unit_id and other.state in ("waiting", "approved")
    ]
    return flags(one.scheme, claimed(one.entry), others)
