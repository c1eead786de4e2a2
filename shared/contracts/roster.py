"""Members as their branch keeps them, for the tiers above: no id number, no phone, nothing about why."""

from typing import ClassVar
from uuid import UUID

import msgspec

from shared.contracts.returns import Wire


class MemberCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One member at one branch. Dates are ISO texts; `until` is '' while the membership lasts."""

    member_id: UUID
    number: str
    name: str
    status: str  # full | probationary
    field: str
    post: str
    roles: list[str]
    exempt: bool
    floating: bool
    since: str
    until: str


class RosterChanged(Wire, frozen=True):
    """Cards that are new or have changed since the branch last told."""

    KIND: ClassVar[str] = "roster.changed"

    branch_id: UUID
    cards: list[MemberCard]
    by: str
    at: str
