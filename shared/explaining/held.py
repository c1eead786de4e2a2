"""What a tier gives for a derivation: its stored rows in one shape, nothing worked out but by the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shared.contracts.appraisal import AppraisedLine, GradedLine, TieWord
from shared.contracts.transfers import CarriedPosting
from shared.explaining.words import NOTHING, Words, both, plain
from shared.outcomes.corrections import Corrected
from shared.outcomes.reading import Told
from shared.rules.appraisal import Rulebook as Appraisal
from shared.rules.outcomes import Rulebook as Outcomes
from shared.rules.points.scheme_values import Scheme
from shared.rules.points.year import Line as Counted
from shared.rules.words import Line as Reason


@dataclass(frozen=True)
class Membership:
    """Where the member was from when to when, under which number."""

    unit_id: UUID
    unit: str
    code: str
    number: str
    since: date
    until: date | None


@dataclass(frozen=True)
class Step:
    """Somebody did something with a statement or a filing."""

    what: Words
    by: str
    at: datetime | str | None
    reason: str = ""


@dataclass(frozen=True)
class Claim:
    """One claim. `id` is its name in the rule function, '' where it counts nothing; `claimed` before caps.

    `stated` says in which statement it went up; `what` is in the member's words and stays at the branch.
    """

    id: str
    unit_id: UUID
    number: int
    day: date
    scheme: str
    item: str
    category: str
    claimed: int
    state: str
    stated: Words = NOTHING
    what: str = ""


@dataclass(frozen=True)
class Part:
    """One statement's line for the member; `inside`: part of what a transfer brought along already.

    `again` says what counting it again from the exact bytes came to: '' the same, None: not held here.
    """

    id: UUID
    unit_id: UUID
    month: int
    part: int
    note: str
    total: int
    posted: Sequence[Sequence[Any]]
    rule_version: int | None
    steps: tuple[Step, ...]
    inside: bool = False
    again: str | None = None


@dataclass(frozen=True)
class Points:
    """The year's points. `counted` is what the rule function gave for every claim that stands, by id.

    `elsewhere`: a transfer inside a township took along claims not posted yet, in a record not held here.
    """

    schemes: Mapping[str, Scheme]
    claims: Sequence[Claim]
    counted: Mapping[str, Counted]
    parts: Sequence[Part]
    brought: Sequence[CarriedPosting] = ()
    brought_from: str = ""
    elsewhere: bool = False
    # Of branches whose claims a transfer brought along, by id: they may be out of sight here.
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Grading:
    """One grading of the member. `again`: '' the same, None where only a part may be seen; what differs else.

    `scored`, `totalled` and `graded` are the rule's own lines: appraisal points, total, grade.
    """

    unit_id: UUID
    rulebook: Appraisal
    pinned: str
    rule_version: int
    digest: str
    given: AppraisedLine
    stated: GradedLine
    scored: Sequence[Reason]
    totalled: Reason
    graded: Sequence[Reason]
    ties: Sequence[TieWord]
    steps: tuple[Step, ...]
    again: str | None
    confirmed: bool


@dataclass(frozen=True)
class Elsewhere:
    """A grade that another branch gave, as it came along with the member: the derivation lies there.

    `total` in hundredths, `lines` the rule's own.
    """

    branch: str
    grade: Words
    total: int
    lines: Sequence[Reason]


@dataclass(frozen=True)
class Base:
    """A base as carried, hundredths, with counter-entries [case, points, when]; `rulebook` said how.

    `from_total` and `from_earned` are None where a transfer brought the base along.
    """

    year: int
    base: int
    from_total: int | None
    from_earned: int | None
    rulebook: Appraisal | None
    corrections: Sequence[tuple[UUID, int, datetime]] = ()


@dataclass(frozen=True)
class Run:
    """The drawing-up that proposed a case; `again`: '' the same from what it pinned, else what differs."""

    rule_version: int
    digest: str
    by: str
    at: datetime
    again: str


@dataclass(frozen=True)
class Held:
    """Everything one tier holds of a member's year.

    `gaps` say what lies elsewhere, `faults` what cannot be read any more. `elsewhere` and `cases_elsewhere`
    are what came along with a member who moved, told where it was settled.
    """

    tier: str
    member_id: UUID
    year: int
    name: str
    note: str
    closed: bool
    memberships: Sequence[Membership]
    points: Points
    grading: Grading | None
    before: Sequence[Grading]
    base: Base | None
    next_base: Base | None
    cases: Sequence[Told]
    books: Mapping[str, Outcomes]
    runs: Mapping[UUID, Run]
    corrected: Corrected | None
    gaps: Sequence[Words] = ()
    faults: Sequence[Words] = ()
    elsewhere: Elsewhere | None = None
    cases_elsewhere: Sequence[Words] = ()
    # Since when the year's months count, where it is known here.
    counts_since: date | None = None

    def unit(self, unit_id: UUID) -> Words:
        """A branch's name; where neither a card nor a record says it, that it was one before."""
        known = {str(one.unit_id): one.unit for one in self.memberships}
        name = known.get(str(unit_id)) or self.points.names.get(str(unit_id))
        return plain(name) if name else both("转接前的支部")
