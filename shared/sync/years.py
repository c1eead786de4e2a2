"""What a tier below the county knows of a year of points: the opening and its rulebooks, as received."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sqlalchemy.orm import Session

from shared.contracts.documents import RulebookPublished, YearOpened
from shared.kit.errors import Absent
from shared.rules.points.scheme import parse_scheme
from shared.rules.points.scheme_values import FIELDS, Scheme
from shared.sync.publications import documents, latest


@dataclass(frozen=True)
class MemberYear:
    """A year of points as the county opened it; `schemes` by hash."""

    opened: YearOpened
    schemes: Mapping[str, Scheme]

    @property
    def year(self) -> int:
        """The calendar year."""
        return self.opened.year

    @cached_property
    def by_field(self) -> dict[str, Scheme]:
        """The scheme in force for each field."""
        return {field: self.schemes[self.opened.rulebooks[f"points/{field}"]] for field in FIELDS}

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
    schemes = {}
    for field in FIELDS:
        digest = opened.rulebooks[f"points/{field}"]
        published = latest(session, RulebookPublished, digest)
        if published is None:
            raise Absent
        schemes[digest] = scheme_of(digest, published.text)
    return MemberYear(opened, schemes)


@lru_cache(maxsize=64)
def scheme_of(digest: str, text: str) -> Scheme:
    """A scheme from its text; the hash is the key under which it is kept parsed."""
    scheme = parse_scheme(json.loads(text))
    assert scheme.hash == digest
    return scheme
