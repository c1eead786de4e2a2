"""Cases of outcomes, fault tolerance and appeal, and what was said about them, between the tiers.

A case and its words are told to the other tiers by whoever wrote them, in batches of one branch: the branch
upward, the county downward. Where a case stands follows from its words (shared.rules.outcomes.course).
"""

from typing import Any, ClassVar
from uuid import UUID

import msgspec

from shared.contracts.returns import Wire
from shared.contracts.signed import SignedDocument


class CaseLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A case as it was opened, with what it was proposed on. `reasons`: [Chinese, English] lines.

    `rulebook` is the hash of the outcome rules; `against` the case an appeal is against, None for the grade.
    """

    case_id: UUID
    member_id: UUID
    year: int
    sort: str
    tier: str
    code: str
    against: UUID | None
    rulebook: str
    reasons: list[list[str]]
    text: str
    codes: list[str]
    opened_by: str
    opened_at: str


class WordLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One word about a case; `data` holds what a verdict fixes (codes, dates, grade, hundredths)."""

    word_id: UUID
    case_id: UUID
    member_id: UUID
    kind: str
    verdict: str
    text: str
    data: dict[str, Any]
    by: str
    at: str


class CasesTold(Wire, frozen=True):
    """New cases and words of one branch. `tier` says who speaks: branch (upward) or county (downward)."""

    KIND: ClassVar[str] = "outcome.told"

    branch_id: UUID
    tier: str
    cases: list[CaseLine]
    words: list[WordLine]


class CasesDecided(Wire, frozen=True):
    """CasesTold of the county on its way down: signed once, handed on intact by the township."""

    KIND: ClassVar[str] = "outcome.decided"

    document: SignedDocument


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an upheld appeal left of a year: the grade, and what is added to the total (hundredths)."""

    branch_id: UUID
    case_id: UUID
    member_id: UUID
    year: int
    grade: str
    points: int
    at: str


class GradeCorrected(Wire, frozen=True):
    """A Correction for the branch of a grade, where the appeal was another's; signed by the county."""

    KIND: ClassVar[str] = "grade.corrected"

    document: SignedDocument


class BaseLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The base a member begins the next year with, hundredths, and the total it was carried from."""

    member_id: UUID
    base: int
    from_total: int
    from_earned: int


class YearSettled(Wire, frozen=True):
    """A branch has nothing of the year left to decide: the next bases, and how many problems go on.

    Told again it replaces what the branch told before (the newer `at` counts), until the year is closed.
    """

    KIND: ClassVar[str] = "year.settled"

    branch_id: UUID
    year: int
    filing_id: UUID
    bases: list[BaseLine]
    open_problems: int
    by: str
    at: str


class AskedMember(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Somebody graded by two branches, and the branch whose grade counts."""

    member_id: UUID
    counts_code: str
    counts_name: str


class YearAsked(Wire, frozen=True):
    """The county's word to a branch about a year it graded; it asks, nothing follows from it by itself.

    `sort`: elsewhere (these members' year counts at another branch), counts (it counts here after all),
    again (settle the year anew, for `reason`).
    """

    KIND: ClassVar[str] = "year.asked"

    ask_id: UUID
    branch_id: UUID
    year: int
    sort: str
    members: list[AskedMember]
    reason: str
    by: str
    at: str
