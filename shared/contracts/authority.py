"""That a unit has nobody for an authority it needs, on its way to the tier above."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.returns import Wire


class AuthorityGap(Wire, frozen=True):
    """What is missing at a unit now: file | verify | approve | second; empty when it is mended.

    `since` is when the first of them was noticed missing, '' when nothing is. Moments are ISO texts.
    """

    KIND: ClassVar[str] = "authority.gap"

    unit_id: UUID
    missing: list[str]
    since: str
    at: str
