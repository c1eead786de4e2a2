"""What a branch itself has done (M42) on its way up, its word on a deduction, and the township's decisions.

An entry goes up where the branch files it and down where the township enters a deduction: who sent it is
read from the stream that brought it, never from its content.
"""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.contracts.returns import Wire


class OrganisationEntered(Wire, frozen=True):
    """One thing done by, or held against, a unit. `scheme` is the hash of the points scheme."""

    KIND: ClassVar[str] = "organisation.entered"

    entry_id: UUID
    unit_id: UUID
    year: int
    scheme: str
    item: str
    day: date
    times: int
    what: str
    witness: str
    by: str
    at: str


class OrganisationReplied(Wire, frozen=True):
    """The branch's word on a deduction, before it is decided."""

    KIND: ClassVar[str] = "organisation.replied"

    word_id: UUID
    entry_id: UUID
    unit_id: UUID
    text: str
    by: str
    at: str


class OrganisationDecided(Wire, frozen=True):
    """The township's decision: approved (`points` in hundredths before caps), returned or struck (why)."""

    KIND: ClassVar[str] = "organisation.decided"

    word_id: UUID
    entry_id: UUID
    unit_id: UUID
    verdict: str
    points: int | None
    reason: str
    by: str
    at: str


ORGANISATIONS = (OrganisationEntered, OrganisationReplied, OrganisationDecided)
