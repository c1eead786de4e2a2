"""A member on the way from one branch to another: offered, answered, closed; or withdrawn before that.

Every word names the branch it comes from and the branch it is for by their codes: tiers between hand it on to
whoever they know under that code, else upward.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from shared.contracts.outcomes import CaseLine
from shared.contracts.returns import Wire
from shared.contracts.roster import MemberCard
from shared.contracts.statements import carried_id
from shared.rules.points.scheme_values import Scheme
from shared.rules.points.year import Done, Month


class TransferOffered(Wire, frozen=True):
    """The member's branch offers the member to another; it stays responsible until that one accepts."""

    KIND: ClassVar[str] = "transfer.offered"

    transfer_id: UUID
    origin_code: str
    origin_name: str
    target_code: str
    card: MemberCard
    joined_on: str
    note: str
    by: str
    at: str


class TransferWithdrawn(Wire, frozen=True):
    """The offer no longer stands; it beats an acceptance that is still on its way."""

    KIND: ClassVar[str] = "transfer.withdrawn"

    transfer_id: UUID
    origin_code: str
    target_code: str
    member_id: UUID
    by: str
    at: str


class TransferAnswered(Wire, frozen=True):
    """The answer to an offer: accepted (`since` that day), refused (`reason`), or unknown: no such branch.

    `unknown` is said by the tier that should have known the branch, under the code it was asked for.
    """

    KIND: ClassVar[str] = "transfer.answered"

    transfer_id: UUID
    origin_code: str
    origin_name: str
    target_code: str
    member_id: UUID
    verdict: str
    since: str
    reason: str
    by: str
    at: str


class CarriedClaim(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An approved claim: `number` is that of the branch which approved it, `points` hundredths before caps.

    `scheme` is its place in the year's list.
    """

    branch_id: UUID
    number: int
    scheme: int
    item: str
    day: date
    points: int

    @property
    def id(self) -> str:
        """Its name in the rule function; a branch's own claims are named by their bare numbers."""
        return carried_id(self.branch_id, self.number)


class CarriedPosting(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Hundredths posted so far for the month `done` ('2026-03') in one category."""

    done: str
    category: str
    points: int


class CarriedYear(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A year of the member up to the transfer: what all earlier branches approved and posted.

    `attendance` is what was stated of it by month ('2026-03'), hundredths; `base` what the year began with,
    None where no branch has carried one.
    """

    year: int
    schemes: list[str]
    claims: list[CarriedClaim]
    posted: list[CarriedPosting]
    attendance: dict[str, int]
    base: int | None = None

    def done(self, schemes: Mapping[str, Scheme]) -> list[Done]:
        """The claims as the rule function takes them; KeyError for a scheme or item nobody has published."""
        return [
            Done(one.id, one.day, scheme, scheme.by_code[one.item], one.points)
            for one in self.claims
            for scheme in [schemes[self.schemes[one.scheme]]]
        ]

    def sums(self) -> dict[tuple[Month, str], int]:
        """What was posted, by month done and category."""
        return {((int(one.done[:4]), int(one.done[5:])), one.category): one.points for one in self.posted}


class TransferClosed(Wire, frozen=True):
    """The closing record: the member is the receiving branch's from `since` on, and takes the years along.

    `counts_from` is the first day on which a branch here had the member, whichever it was; `branches` names
    those whose claims are carried, by id.
    """

    KIND: ClassVar[str] = "transfer.closed"
    # The first had neither; `counted_from` says what it is read as.
    VERSION: ClassVar[int] = 2

    transfer_id: UUID
    origin_code: str
    origin_name: str
    target_code: str
    card: MemberCard
    joined_on: str
    since: str
    years: list[CarriedYear]
    by: str
    at: str
    counts_from: str = ""
    branches: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def member_id(self) -> UUID:
        """Who moves."""
        return self.card.member_id

    @property
    def counted_from(self) -> date:
        """Since when the member's months count: never later than the membership at the sender.

        An older record names that alone: who had moved before counts from the first claim that it brings.
        """
        here = date.fromisoformat(self.card.since)
        if self.counts_from:
            return min(date.fromisoformat(self.counts_from), here)
        return min([here, *(one.day for year in self.years for one in year.claims)])

    def year(self, wanted: int) -> CarriedYear | None:
        """One year of the record, or None where nothing of it is carried."""
        return next((one for one in self.years if one.year == wanted), None)


def months_since(joined_on: date | None, since: date, came: TransferClosed | None) -> date:
    """Since when a member's months count: a transfer takes none away, for it brings their points along."""
    return joined_on or (min(since, came.counted_from) if came else since)


class CarriedGrade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A grade that was fed back to the member, hundredths; `lines` [Chinese, English, clause] say why.

    `base` is what the year began with; `signed_by` is who noted that the member was told.
    """

    year: int
    branch_code: str
    branch_name: str
    base: int
    months: int
    bonus: int
    deductions: int
    appraisal: int
    total: int
    grade: str | None
    lines: list[list[str]]
    signed_by: str
    proxy: bool
    signed_at: str


class CarriedCorrection(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What an upheld appeal left of a year: the grade, and what is added to the total (hundredths)."""

    case_id: UUID
    year: int
    grade: str
    points: int
    at: str


class CarriedProgress(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Something done on a commitment; its claim travels with the claims."""

    progress_id: UUID
    day: date
    achieved: int
    what: str
    witness: str
    by: str
    at: str


class CarriedCommitment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A commitment not yet judged, as the branch that hands it on kept it, with what was done."""

    commitment_id: UUID
    year: int
    span: str
    origin: str
    what: str
    for_whom: str
    target: int | None
    measure: str
    due: date | None
    findings: list[str]
    hollow: bool
    fit: dict[str, Any]
    state: str
    proposed_by: str
    proposed_at: str
    decided_by: str
    decided_at: str
    reason: str
    progress: list[CarriedProgress]


class CarriedWord(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last word of its kind about a case. `text` is a decision's or an assessment's reason, '' else.

    `fixed`: what it fixes, as lines [Chinese, English]; `data` is the same for the rules.
    """

    kind: str
    verdict: str
    text: str
    fixed: list[list[str]]
    data: dict[str, Any]
    by: str
    at: str


class CarriedCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case as it stands at the branch where it is settled, as far as the member knows of it.

    `name` [Chinese, English] and `clause` are the rulebook's. `version` is how many words there are, `at` the
    moment of the last: the newest counts, by `at`, then `version`. `until`, `appeal_by`: last days, '' none.
    """

    case: CaseLine
    branch_code: str
    branch_name: str
    name: list[str]
    clause: str
    state: str
    version: int
    at: str
    until: str
    appeal_by: str
    words: list[CarriedWord]


class MemberFollowed(Wire, frozen=True):
    """What follows somebody who was handed over: grades fed back, what appeals changed, open commitments.

    And cases. Said after the closing record, and again whenever the old branch learns more of the years it
    graded, or of a case. A branch from which the member has moved on says it on under its own transfer.
    """

    KIND: ClassVar[str] = "transfer.followed"
    # The first had no cases; it is read as one without any.
    VERSION: ClassVar[int] = 2

    transfer_id: UUID
    origin_code: str
    origin_name: str
    target_code: str
    member_id: UUID
    grades: list[CarriedGrade]
    corrections: list[CarriedCorrection]
    commitments: list[CarriedCommitment]
    by: str
    at: str
    cases: list[CarriedCase] = msgspec.field(default_factory=list)


TRANSFERS: tuple[type[Wire], ...] = (TransferOffered, TransferWithdrawn, TransferAnswered, TransferClosed)
