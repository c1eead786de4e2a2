"""A branch's month of points on its way up, and the verdict on its way down.

A statement carries what is needed to recompute it with the same rule function: a line per approved claim,
and what was posted for each member. Words and evidence stay at the branch.
"""

from datetime import date
from typing import ClassVar
from uuid import UUID

import msgspec

from shared.contracts.returns import Wire


def carried_id(branch_id: UUID, number: int) -> str:
    """How the rule function names a claim of another branch; its own go by their bare numbers."""
    return f"-{branch_id}-{number:08}"


class ClaimLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One approved claim: `member` and `scheme` are places in the statement's lists.

    `number` is the branch's own count. `points` in hundredths before caps; `alive` is false where an
    earlier line was struck by a later decision.
    """

    member: int
    number: int
    scheme: int
    item: str
    category: str
    day: date
    points: int
    alive: bool


class PostedEntry(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Hundredths posted for the month `done` ('2026-03') in one category: kind month, late or counter."""

    done: str
    category: str
    points: int
    kind: str


class MemberLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One member's line of the statement; `scheme` is its place in the statement's schemes."""

    member_id: UUID
    scheme: int
    exempt: bool
    total: int
    attendance: int
    posted: list[PostedEntry]


class StruckLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A claim that a transfer carried here, struck here: whose (a place in the members), of which branch."""

    member: int
    branch_id: UUID
    number: int

    @property
    def id(self) -> str:
        """Its name in the rule function, as the transfer gave it."""
        return carried_id(self.branch_id, self.number)


class StatementClosed(Wire, frozen=True, omit_defaults=True):
    """A closed month of one branch; `part` 2 and on carry what changed after the township sent it back.

    `figures` are counts for the overview (claims, returned, by proxy …). `general_id` and `endorsed_by` name
    the general branch that endorsed it and who did; left out where the branch stands under none.
    `carried_struck` are claims carried here that this statement takes back. `upto` is the newest month closed
    when a month was answered: the part posts what is due up to there; 0 (left out): up to its own month.
    """

    KIND: ClassVar[str] = "statement.closed"
    # The first had no `upto`; it is read as one that posts up to its own month.
    VERSION: ClassVar[int] = 2

    statement_id: UUID
    branch_id: UUID
    year: int
    month: int
    part: int
    note: str
    schemes: list[str]
    rule_version: int
    members: list[MemberLine]
    claims: list[ClaimLine]
    figures: dict[str, int]
    closed_by: str
    closed_at: str
    salt: str
    general_id: UUID | None = None
    endorsed_by: str = ""
    endorsed_at: str = ""
    carried_struck: list[StruckLine] = msgspec.field(default_factory=list)
    upto: int = 0


class StatementVerdict(Wire, frozen=True):
    """What the township decided on a statement: accepted, sent_back (with the reason) or approved."""

    KIND: ClassVar[str] = "statement.verdict"

    verdict_id: UUID
    statement_id: UUID
    branch_id: UUID
    verdict: str
    reason: str
    by: str
    at: str


class StatementApproved(Wire, frozen=True):
    """An approved statement on its way to the county, with the branch's own bytes nested."""

    KIND: ClassVar[str] = "statement.approved"

    statement_id: UUID
    branch_id: UUID
    township_id: UUID
    accepted_by: str
    approved_by: str
    approved_at: str
    original: bytes
