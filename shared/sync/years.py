"""What a tier below the county knows of a year of points: the opening and its rulebooks, as received."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from shared.contracts.documents import RulebookPublished, YearClosed, YearOpened
from shared.kit.errors import Absent
from shared.rules.appraisal import Rulebook as Appraisal
from shared.rules.appraisal import parse_appraisal
from shared.rules.commitments import Checks, parse_checks
from shared.rules.outcomes import Rulebook as Outcomes
from shared.rules.outcomes import parse_outcomes
from shared.rules.points.claims import december_until
from shared.rules.points.scheme import parse_scheme
from shared.rules.points.scheme_values import FIELDS, Scheme
from shared.sync.publications import documents, latest

PARSE: Mapping[str, Callable[[Any], Any]] = {
    "points": parse_scheme,
    "commitment_checks": parse_checks,
    "appraisal": parse_appraisal,
    "outcomes": parse_outcomes,
}
_parsed: dict[str, Any] = {}


@dataclass(frozen=True)
class MemberYear:
    """A year of points as the county opened it, `closed` once it is; its rulebooks, `schemes` by hash.

    `organisations` is None in a year opened before branches themselves had points.
    """

    opened: YearOpened
    closed: YearClosed | None
    schemes: Mapping[str, Scheme]
    checks: Checks
    appraisal: Appraisal
    appraisal_organisations: Appraisal
    outcomes: Outcomes
    organisations: Scheme | None = None

    @property
    def year(self) -> int:
        """The calendar year."""
        return self.opened.year

    @cached_property
    def by_field(self) -> dict[str, Scheme]:
        """The scheme in force for each field."""
        return {field: self.schemes[self.opened.rulebooks[f"points/{field}"]] for field in FIELDS}

    @cached_property
    def late_until(self) -> date:
        """The last day on which something done in December is still taken, in any field."""
        return december_until(self.year, self.by_field.values())

    def closes_from(self, month: int) -> date:
        """The first day on which a branch may close a month: when it is over.

        December when its late days are over too: what is filed in them has no later month to be posted in.
        """
        if month == 12:
            return self.late_until + timedelta(days=1)
        return date(self.year, month + 1, 1)

    @cached_property
    def deductions(self) -> frozenset[str]:
        """Codes of the categories that take points away."""
        return frozenset(
            one.code for scheme in self.schemes.values() for one in scheme.categories if one.sign < 0
        )


def open_years(session: Session) -> list[MemberYear]:
    """Every year the county has opened, newest first."""
    newest = {one.year: one for one in documents(session, YearOpened)}
    return [_read(session, newest[year]) for year in sorted(newest, reverse=True)]


def year_of(session: Session, year: int) -> MemberYear:
    """One opened year; raises Absent."""
    opened = latest(session, YearOpened, f"year/{year}")
    if opened is None:
        raise Absent
    return _read(session, opened)


def _read(session: Session, opened: YearOpened) -> MemberYear:
    books = {key: _book(session, digest) for key, digest in opened.rulebooks.items()}
    schemes = {book.hash: book for key, book in books.items() if key.startswith("points/")}
    return MemberYear(
        opened,
        latest(session, YearClosed, f"year/{opened.year}"),
        schemes,
        books["commitment_checks"],
        books["appraisal"],
        books["appraisal_organisations"],
        books["outcomes"],
        books.get("points_organisations"),
    )


def _book(session: Session, digest: str) -> Any:
    known = _parsed.get(digest)
    if known is None:
        published = latest(session, RulebookPublished, digest)
        if published is None:
            raise Absent
        # The hash names the content: what was parsed once holds for ever.
        document = json.loads(published.text)
        known = _parsed[digest] = PARSE[document["kind"]](document)
    return known


def outcomes_book(session: Session, digest: str) -> Outcomes:
    """The outcome rules under this hash, as the county published them; raises Absent."""
    found: Outcomes = _book(session, digest)
    return found
