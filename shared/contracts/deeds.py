"""Deeds of those who lead (英模事迹, mission row M14): proposed by a branch, decided by the county."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.returns import Wire


class DeedProposed(Wire, frozen=True):
    """A deed as its branch tells it, with the member's consent to be named."""

    KIND: ClassVar[str] = "deed.proposed"

    deed_id: UUID
    branch_id: UUID
    member_id: UUID
    name: str
    title: str
    text: str
    by: str
    at: str


class DeedDeclined(Wire, frozen=True):
    """The county does not publish it, with the reason; goes to that branch alone."""

    KIND: ClassVar[str] = "deed.declined"

    deed_id: UUID
    branch_id: UUID
    reason: str
    by: str
    at: str
