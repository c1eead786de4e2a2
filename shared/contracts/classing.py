"""A year-end of organisations (M42): what is said about one unit's year, and a pool's classing (分类定级).

Words go up and down between a unit and the tier that classes it: who sent one is read from the stream that
brought it. A classing goes up with all it takes to work it out again: entries, tallies, finding, opinion.
"""

from datetime import date
from typing import ClassVar
from uuid import UUID

import msgspec

from shared.contracts.appraisal import TallyLine, TieWord
from shared.contracts.returns import Wire


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """What a word about a unit's year says."""


class Reported(Body, frozen=True, tag="reported"):
    """The unit's self-report (述职) with the tallies of its ballots, counted by two tellers.

    `masses` None where the mass review was not held, then `skip_reason` says why.
    """

    rulebook: str
    text: str
    members: TallyLine
    masses: TallyLine | None
    skip_reason: str
    tellers: list[str]


class Promised(Body, frozen=True, tag="promised"):
    """What a unit without a room of commitments commits to (a committee), and by when (a civil date)."""

    text: str
    due: str


class Checked(Body, frozen=True, tag="checked"):
    """The upper tier's finding and opinion on a report, and the problems it found."""

    report_id: UUID
    finding: str
    opinion: str
    problems: list[str]


class LeftOut(Body, frozen=True, tag="left_out"):
    """The unit is not classed this year, and why."""

    reason: str


class ShownRow(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One line of the publicity: no ballots, no reasons."""

    unit_id: UUID
    name: str
    total: int
    grade: str
    rank: int | None


class Shown(Body, frozen=True, tag="shown"):
    """The proposed classes of the whole pool, in publicity until `until`."""

    classing_id: UUID
    until: str
    rows: list[ShownRow]


class Unshown(Body, frozen=True, tag="unshown"):
    """The tier above returned that classing, and why: it is done again."""

    classing_id: UUID
    reason: str


class ReviewAsked(Body, frozen=True, tag="review_asked"):
    """The unit asks for a review (复核) of its class."""

    classing_id: UUID
    text: str


class Rectified(Body, frozen=True, tag="rectified"):
    """What the unit did to put right what it was classed low for."""

    text: str


class RectificationJudged(Body, frozen=True, tag="judged"):
    """The upper tier's word on it: closed (销号), or returned and why."""

    closed: bool
    reason: str


BODIES = (
    Promised | Reported | Checked | LeftOut | Shown | Unshown | ReviewAsked | Rectified | RectificationJudged
)
# Who may say what: a word from another side counts for nothing.
FROM_BELOW = (Promised, Reported, ReviewAsked, Rectified)
FROM_ABOVE = (Checked, LeftOut, Shown, Unshown, RectificationJudged)


class UnitSaid(Wire, frozen=True):
    """A word about a unit's year."""

    KIND: ClassVar[str] = "organisation.said"

    word_id: UUID
    unit_id: UUID
    year: int
    body: BODIES
    by: str
    at: str


class EntryLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An approved entry: points in hundredths before caps, positive also for deductions."""

    id: UUID
    item: str
    day: date
    points: int


class UnitInput(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What goes into one unit's class; `months`, `bonus`, `deductions` are what its entries come to."""

    unit_id: UUID
    base: int
    months: int
    bonus: int
    deductions: int
    standard: int
    members: TallyLine
    masses: TallyLine | None
    skip_reason: str
    check: str
    opinion: str
    problems: list[str]
    entries: list[EntryLine]


class ClassedLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What came out for one unit."""

    unit_id: UUID
    appraisal: int
    total: int
    grade: str | None
    rank: int | None


class ClassingFiled(Wire, frozen=True):
    """A pool's classing as two people of the tier that proposes it signed for it."""

    KIND: ClassVar[str] = "organisation.classed"

    classing_id: UUID
    pool_id: UUID
    year: int
    rulebook: str
    scheme: str
    rule_version: int
    digest: str
    inputs: list[UnitInput]
    decisions: list[TieWord]
    classes: list[ClassedLine]
    left_out: dict[UUID, str]
    publicity_until: str
    proposed_by: str
    proposed_at: str
    confirmed_by: str
    confirmed_at: str


class ClassingVerdict(Wire, frozen=True):
    """The county's word on a classing: approved, or returned with the reason."""

    KIND: ClassVar[str] = "organisation.classing_verdict"

    verdict_id: UUID
    classing_id: UUID
    pool_id: UUID
    year: int
    verdict: str
    reason: str
    by: str
    at: str


CLASSING = (UnitSaid, ClassingFiled, ClassingVerdict)
