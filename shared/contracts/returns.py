"""The village return on its way up (branch → township → county) and the verdicts on its way down."""

from typing import ClassVar
from uuid import UUID

import msgspec


class Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every contract has: a kind, a version, and no field it does not declare."""

    KIND: ClassVar[str]
    VERSION: ClassVar[int] = 1


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One figure a township changed. Values are the decimal texts as written."""

    indicator: str
    filed: str
    verified: str
    reason: str
    by: str


class Veto(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event of the rulebook that bars better tiers, as the township found it."""

    event: str
    reason: str
    by: str


class ReturnFiled(Wire, frozen=True):
    """A village's twelve figures as filed. `salt` keeps the digest from being guessed."""

    KIND: ClassVar[str] = "return.filed"

    return_id: UUID
    contest_id: UUID
    village_id: UUID
    attempt: int
    values: dict[str, str]
    note: str
    filed_by: str
    filed_at: str
    salt: str


class ReturnWithdrawn(Wire, frozen=True):
    """The branch takes a filed return back; only while the township has not accepted it."""

    KIND: ClassVar[str] = "return.withdrawn"

    return_id: UUID
    village_id: UUID
    by: str
    at: str


class ReturnVerdict(Wire, frozen=True):
    """What the township (or the county through it) decided on one return."""

    KIND: ClassVar[str] = "return.verdict"

    verdict_id: UUID
    return_id: UUID
    contest_id: UUID
    village_id: UUID
    verdict: str  # accepted | verified | approved | sent_back | withdrawal_refused
    reason: str
    changes: list[Change]
    by: str
    at: str


class ReturnVerified(Wire, frozen=True):
    """A verified return rolled up to the county, with the branch's own bytes nested."""

    KIND: ClassVar[str] = "return.verified"

    return_id: UUID
    contest_id: UUID
    village_id: UUID
    township_id: UUID
    attempt: int
    filed: dict[str, str]
    verified: dict[str, str]
    changes: list[Change]
    vetoes: list[Veto]
    filed_by: str
    filed_at: str
    verified_by: str
    verified_at: str
    approved_by: str
    approved_at: str
    original: bytes


class ReturnSentBack(Wire, frozen=True):
    """The county gives a rolled-up return back to its township, with a reason."""

    KIND: ClassVar[str] = "return.sent_back"

    return_id: UUID
    contest_id: UUID
    village_id: UUID
    reason: str
    by: str
    at: str


class ObjectionRaised(Wire, frozen=True):
    """An objection to a result under publicity; townships pass it on unchanged."""

    KIND: ClassVar[str] = "objection.raised"

    objection_id: UUID
    contest_id: UUID
    village_id: UUID
    raised_at_tier: str
    text: str
    by: str
    at: str


class ObjectionAnswered(Wire, frozen=True):
    """The county's answer, carried down to who raised it."""

    KIND: ClassVar[str] = "objection.answered"

    objection_id: UUID
    contest_id: UUID
    village_id: UUID
    upheld: bool
    answer: str
    by: str
    at: str
