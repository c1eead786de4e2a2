"""What a tier gives the overview: its own tables, read the same way. Members are paged by key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from shared.overview.figures import Figures, MonthRow, Posted

PAGE = 50


class Reader(Protocol):
    """One tier's way to its figures.

    `roster` is its mapped copy of members (shared.sync.rosters), `cases` its table of outcome cases.
    """

    roster: Any
    cases: Any

    def years(self) -> list[int]:
        """Years that were opened, newest first."""

    def note(self, year: int) -> str:
        """What the county says of the year's figures where they are not real, else ''."""

    def categories(self, year: int) -> list[tuple[str, str]]:
        """Category codes with names in the reader's language."""

    def limit(self, year: int) -> int:
        """Percent of attendance at which the meter has its tick."""

    def late_until(self, year: int) -> date:
        """The last day on which something done in December is still taken: then its statement is due."""

    def figures(self, year: int, due: int) -> dict[UUID, Figures]:
        """Figures by branch in scope, without members; `due` months are over."""

    def months(self, unit_id: UUID, year: int) -> list[MonthRow]:
        """The statements of one branch, in order."""

    def sums(self, members: Sequence[UUID] | None, year: int) -> dict[UUID, dict[str, int]]:
        """Hundredths by member and category, whichever branch posted them; None: everybody in scope."""

    def postings(self, members: Sequence[UUID], year: int) -> list[Posted]:
        """Every posting of these members, in order of month and part."""

    def statement_href(self, statement_id: UUID) -> str:
        """Where the statement can be read at this tier, or ''."""

    def member_links(self, member_id: UUID) -> list[dict[str, str]]:
        """Other pages about one member at this tier, as {label, href}."""


@dataclass(frozen=True)
class Place:
    """Where a page of members begins: after (or before) this member of the order branch, number, id."""

    unit_id: UUID
    number: str
    member_id: UUID

    @property
    def token(self) -> str:
        """As it stands in the address."""
        return f"{self.unit_id}.{self.member_id}.{self.number}"


def place_of(token: str) -> Place | None:
    """Read back; None for what is none."""
    unit, _dot, rest = token.partition(".")
    member, _dot, number = rest.partition(".")
    try:
        return Place(UUID(unit), number, UUID(member))
    except ValueError:
        return None


@dataclass(frozen=True)
class MembersPage:
    """One page of members with whether there are more on either side."""

    rows: Sequence[Any]
    before: bool
    after: bool


def members_page(
    session: Session,
    roster: Any,
    *,
    after: Place | None = None,
    before: Place | None = None,
    last: bool = False,
    name: str = "",
    unit_id: UUID | None = None,
) -> MembersPage:
    """Members in the order branch, number: each page costs the same, wherever it stands (keyset)."""
    key = (roster.unit_id, roster.number, roster.member_id)
    query = select(roster).where(roster.until.is_(None))
    if unit_id is not None:
        query = query.where(roster.unit_id == unit_id)
    if name:
        query = query.where(roster.name.contains(name, autoescape=True))
    backwards = last or before is not None
    if after is not None:
        query = query.where(tuple_(*key) > (after.unit_id, after.number, after.member_id))
    if before is not None:
        query = query.where(tuple_(*key) < (before.unit_id, before.number, before.member_id))
    order = [column.desc() for column in key] if backwards else list(key)
    found = list(session.scalars(query.order_by(*order).limit(PAGE + 1)))
    more, rows = len(found) > PAGE, found[:PAGE]
    if backwards:
        return MembersPage(rows[::-1], more, not last)
    return MembersPage(rows, after is not None, more)


def outcomes_by_branch(session: Session, cases: Any, year: int) -> dict[UUID, tuple[int, int]]:
    """Of each branch, how many consequences the rules proposed for a year, and how many are decided on."""
    decided = func.count().filter(cases.state != "open")
    query = (
        select(cases.unit_id, func.count(), decided)
        .where(cases.year == year, cases.sort == "outcome", cases.state != "withdrawn")
        .group_by(cases.unit_id)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}


def members_by_branch(session: Session, roster: Any) -> dict[UUID, int]:
    """How many members each branch has now."""
    query = select(roster.unit_id, func.count()).where(roster.until.is_(None)).group_by(roster.unit_id)
    return {row[0]: row[1] for row in session.execute(query)}
