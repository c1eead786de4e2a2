"""Members as their branch keeps them, for the tiers above: no id number, no phone, nothing about why."""

from typing import ClassVar
from uuid import UUID

import msgspec

from shared.contracts.returns import Wire


class MemberCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One member at one branch. Dates are ISO texts; `until` is '' while the membership lasts.

    `joined_on` is '' where the branch keeps no day, and None where nothing is told of it, as in a transfer,
    which says it itself.
    """

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
    joined_on: str | None = None


class RosterChanged(Wire, frozen=True):
    """Cards that are new or have changed since the branch last told."""

    KIND: ClassVar[str] = "roster.changed"
    # The first told no day of joining; it is read as one that says nothing of it.
    VERSION: ClassVar[int] = 2

    branch_id: UUID
    cards: list[MemberCard]
    by: str
    at: str
