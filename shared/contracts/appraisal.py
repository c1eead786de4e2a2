"""A branch's year-end appraisal on its way up, and the township's word on its way down.

Per member it carries what is needed to grade again by the same rule: figures, tallies as totals, the finding
and the opinion. Reports, problems and reasons in words stay at the branch.
"""

from typing import ClassVar
from uuid import UUID

import msgspec

from shared.contracts.returns import Wire


class TallyLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A ballot on one member in totals: those eligible, ballots cast, votes by choice."""

    eligible: int
    cast: int
    counts: dict[str, int]


class AppraisedLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What goes into one member's grade, hundredths; `masses` None where the mass review was skipped."""

    member_id: UUID
    base: int
    months: int
    bonus: int
    deductions: int
    standard: int
    applicable: int
    exempt: bool
    probationary: bool
    members: TallyLine
    masses: TallyLine | None
    check: str
    opinion: str


class GradedLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the branch worked out of it; `grade` and `rank` None as the rule says."""

    member_id: UUID
    appraisal: int
    total: int
    grade: str | None
    rank: int | None


class TieWord(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A meeting's word on equals at the cut, best first."""

    members: list[UUID]
    reason: str


class HandedSlips(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Slips for the masses: printed by one person, handed out at a meeting as another confirmed."""

    printed: int
    handed: int
    meeting: str
    printed_by: str
    confirmed_by: str
    confirmed_at: str


class AppraisalFiled(Wire, frozen=True, omit_defaults=True):
    """A branch's graded year, after publicity. `digest` pins the inputs, `skip_reason` why no mass review.

    `general_id` and `endorsed_by` as in a statement.
    """

    KIND: ClassVar[str] = "appraisal.filed"

    filing_id: UUID
    branch_id: UUID
    year: int
    rulebook: str
    rule_version: int
    digest: str
    skip_reason: str
    inputs: list[AppraisedLine]
    decisions: list[TieWord]
    grades: list[GradedLine]
    publicity_until: str
    objections: int
    filed_by: str
    filed_at: str
    salt: str
    general_id: UUID | None = None
    endorsed_by: str = ""
    endorsed_at: str = ""
    slips: list[HandedSlips] = msgspec.field(default_factory=list)


class AppraisalVerdict(Wire, frozen=True):
    """What the township decided on a filing: accepted, returned (with the reason) or confirmed."""

    KIND: ClassVar[str] = "appraisal.verdict"

    verdict_id: UUID
    filing_id: UUID
    branch_id: UUID
    verdict: str
    reason: str
    by: str
    at: str


class AppraisalConfirmed(Wire, frozen=True):
    """A confirmed filing on its way to the county, with the branch's own bytes nested."""

    KIND: ClassVar[str] = "appraisal.confirmed"

    filing_id: UUID
    branch_id: UUID
    township_id: UUID
    accepted_by: str
    confirmed_by: str
    confirmed_at: str
    original: bytes
