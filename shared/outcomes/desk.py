"""One tier's desk for cases: its tables, its rulebooks, and how it tells the other tiers."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from shared.contracts.outcomes import CasesTold
from shared.kit.accounts import SignedIn
from shared.kit.errors import Refused
from shared.rulebooks import holidays
from shared.rules.calendar import WorkCalendar, parse_calendar
from shared.rules.outcomes import Rule, Rulebook, Word
from shared.rules.words import Refusal

GRADE = "grade"
TOLERANCE = "fault_tolerance"


class CaseRefused(Refused):
    """A rule's own refusal about a case, in both languages."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message.replace("%", "%%"))
        self.refusal = refusal


@dataclass(frozen=True)
class Seen:
    """A case as somebody saw it: its id and how many words it had."""

    case_id: UUID
    version: int


@dataclass(frozen=True)
class Offices:
    """For whose cases somebody speaks: of units as one of their own, of others standing in under `name`.

    None means every unit in scope. Without `reads_all` the asker looks at no other cases than those.
    """

    own: frozenset[UUID] | None = None
    name: str = ""
    standing_in: frozenset[UUID] | None = frozenset()
    reads_all: bool = True


def everywhere(_session: Session, _actor: SignedIn) -> Offices:
    """Posts reach as far as the scope does, and nobody stands in."""
    return Offices()


@dataclass(frozen=True)
class Desk:
    """What a tier gives to this room. `tell` sends what was said here to the other tiers.

    `after` is called with an appeal that was upheld, for all that follows from it; `offices` says for whose
    cases somebody speaks; `name_of` is the member a case is about, '' where the tier does not know. `brought`
    are cases (reading.Told) that came along with these members, where other branches' are not held.
    `correction` is asked why an appeal may not be upheld as this word decides it; None when it may.
    """

    tier: str
    cases: Any
    words: Any
    runs: Any
    rulebook: Callable[[Session, str], Rulebook]
    tell: Callable[[Session, UUID, CasesTold, datetime], None]
    after: Callable[[Session, Any, SignedIn, datetime], None] = lambda _session, _told, _actor, _now: None
    offices: Callable[[Session, SignedIn], Offices] = everywhere
    name_of: Callable[[Session, Any], str] = lambda _session, _case: ""
    brought: Callable[[Session, Collection[UUID]], Sequence[Any]] = lambda _session, _members: ()
    correction: Callable[[Session, Any, Word], Refusal | None] = lambda _session, _case, _word: None


def rule_of(rulebook: Rulebook, case: Any) -> Rule | None:
    """The rule a case stands on; None for an appeal against a grade or another case."""
    return None if case.sort == "appeal" else rulebook.by_code.get(case.code)


@cache
def calendar() -> WorkCalendar:
    """Working days as announced."""
    return parse_calendar(holidays())
