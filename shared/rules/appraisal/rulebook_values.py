"""The appraisal rulebook (评议定级) as frozen values (M10–M13, M42); `rulebook.parse_appraisal` builds it.

Points in hundredths, percentages in hundredths of percent. Grades stand best first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from shared.rules.fields import Heading

STEPS = (
    *("december_statement", "self_report", "organisation_check", "members_ballot", "mass_review", "opinion"),
    *("appraisal_points", "publicity", "township_confirmation", "feedback", "outcomes", "next_base"),
    "rectification",
)
BALLOTS = ("members", "masses")


@dataclass(frozen=True)
class Step:
    code: str
    name: str
    name_en: str
    may_skip: bool


@dataclass(frozen=True)
class QuorumRule:
    """At least `percent` of those eligible (`more_than`: more than it), and at least `least` ballots."""

    percent: int
    more_than: bool
    least: int


@dataclass(frozen=True)
class Choice:
    code: str
    name: str
    name_en: str
    points: int


@dataclass(frozen=True)
class BallotRule:
    """One of the two ballots; `weight` is its part in the appraisal points."""

    kind: str
    name: str
    name_en: str
    quorum: QuorumRule
    choices: tuple[Choice, ...]
    weight: int

    @cached_property
    def by_code(self) -> dict[str, Choice]:
        return {choice.code: choice for choice in self.choices}


@dataclass(frozen=True)
class CheckRule:
    """The organisation check (组织核查) of the self-report: its findings, with points, and its weight."""

    weight: int
    choices: tuple[Choice, ...]

    @cached_property
    def by_code(self) -> dict[str, Choice]:
        return {choice.code: choice for choice in self.choices}


@dataclass(frozen=True)
class ShareRule:
    """At least `least` of the valid votes went to one of `choices`."""

    choices: tuple[str, ...]
    least: int


@dataclass(frozen=True)
class GradeRule:
    """`total_least` is a share of the standard that applies; the last grade asks for nothing."""

    code: str
    name: str
    name_en: str
    clause: str
    total_least: int
    shares: Mapping[str, ShareRule]


@dataclass(frozen=True)
class Carry:
    """Next year's base: `percent` of the total or of what was earned, to multiples of `round_to`."""

    percent: int
    of: str
    round_to: int
    rounding: str


@dataclass(frozen=True)
class Classing:
    """What follows when units are classed (分类定级): publicity and the time to ask for a review in working
    days, the grades that must be put right and within how many days.
    """

    publicity_days: int
    review_days: int
    rectify: tuple[str, ...]
    rectify_days: int


@dataclass(frozen=True)
class Rulebook:
    """`standard` is the total that a whole year is expected to bring; `full` the most appraisal points.

    `cap` of those graded may hold the first grade (numerator, denominator); the last grade needs
    `least_signals` of total, ballots and opinion. Below `least_voters` no split of votes is published.
    Grades, and rankings in a branch, are shown for `publicity_days` working days.
    """

    heading: Heading
    subjects: str
    steps: tuple[Step, ...]
    ballots: Mapping[str, BallotRule]
    check: CheckRule
    full: int
    standard: int
    grades: tuple[GradeRule, ...]
    cap: tuple[int, int]
    cap_clause: str
    least_signals: int
    signals_clause: str
    least_voters: int
    carry: Carry
    new_member_base: int
    publicity_days: int
    classing: Classing

    @property
    def hash(self) -> str:
        return self.heading.hash

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each grade stands, 0 the best, by code."""
        return {grade.code: place for place, grade in enumerate(self.grades)}

    @cached_property
    def step(self) -> dict[str, Step]:
        return {step.code: step for step in self.steps}

    def cap_seats(self, graded: int) -> int:
        """How many of so many graded may hold the first grade: the whole part, never rounded up."""
        return graded * self.cap[0] // self.cap[1]
