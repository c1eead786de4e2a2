"""Returns by state of work: which attempt of each village counts, and the figures beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.township.verification.models import (
    PriorFigure,
    ReceivedReturn,
    ReceivedWithdrawal,
    ReturnedByCounty,
    Verification,
)
from shared.contracts.documents import FilingException
from shared.kit.errors import Absent
from shared.kit.units import Unit, with_members
from shared.sync.contests import contest_of_year
from shared.sync.publications import documents

FROZEN = ("accepted", "verified", "approved")


@dataclass(frozen=True)
class ReturnRow:
    """One village's place in the township's work."""

    village: Unit
    received: ReceivedReturn | None
    verification: Verification | None
    by_county: ReturnedByCounty | None
    exception: FilingException | None = None

    @property
    def state(self) -> str:
        """missing, received, accepted, verified, approved, sent_back or county_returned."""
        if self.received is None:
            return "missing"
        if self.verification is None:
            return "received"
        if self.by_county is not None and self.verification.state == "approved":
            return "county_returned"
        return self.verification.state

    @property
    def token(self) -> str:
        """What a page has seen of this row: another state, attempt or saving gives another token."""
        attempt = self.received.attempt if self.received else 0
        return f"{self.state}-{attempt}-{self.verification.version if self.verification else 0}"

    @property
    def figures(self) -> dict[str, str]:
        """The figures that would count now: as filed, with the changes put in."""
        if self.received is None:
            return {}
        changes = self.verification.changes if self.verification else []
        return {**self.received.values, **{change["indicator"]: change["verified"] for change in changes}}


def rows(session: Session, contest_id: UUID) -> list[ReturnRow]:
    """Every village in scope with the attempt that counts, in tree order."""
    villages = session.scalars(select(Unit).where(with_members()).order_by(Unit.path)).all()
    received = _by_village(session, contest_id)
    found = _verifications(session, contest_id)
    withdrawn = set(session.scalars(select(ReceivedWithdrawal.return_id)))
    back = {
        row.return_id: row for row in session.scalars(select(ReturnedByCounty).order_by(ReturnedByCounty.at))
    }
    made = [_row(village, received.get(village.id, []), found, withdrawn, back) for village in villages]
    late = _exceptions(session, contest_id)
    return [replace(row, exception=late[row.village.id]) if row.village.id in late else row for row in made]


def _exceptions(session: Session, contest_id: UUID) -> dict[UUID, FilingException]:
    """The county's last word on filing late, by village."""
    found = documents(session, FilingException)
    return {one.village_id: one for one in found if one.contest_id == contest_id}


def _by_village(session: Session, contest_id: UUID) -> dict[UUID, list[ReceivedReturn]]:
    query = (
        select(ReceivedReturn).where(ReceivedReturn.contest_id == contest_id).order_by(ReceivedReturn.attempt)
    )
    grouped: dict[UUID, list[ReceivedReturn]] = {}
    for row in session.scalars(query):
        grouped.setdefault(row.unit_id, []).append(row)
    return grouped


def _verifications(session: Session, contest_id: UUID) -> dict[UUID, Verification]:
    query = select(Verification).where(Verification.contest_id == contest_id)
    return {row.return_id: row for row in session.scalars(query)}


def _row(
    village: Unit,
    attempts: Sequence[ReceivedReturn],
    found: Mapping[UUID, Verification],
    withdrawn: set[UUID],
    back: Mapping[UUID, ReturnedByCounty],
) -> ReturnRow:
    """The attempt taken up counts over any later one; otherwise the newest that was not withdrawn."""
    taken = [one for one in attempts if one.id in found and found[one.id].state in FROZEN]
    standing = [one for one in attempts if one.id in found or one.id not in withdrawn]
    current = taken[-1] if taken else standing[-1] if standing else None
    if current is None:
        return ReturnRow(village, None, None, None)
    verification = found.get(current.id)
    county = back.get(current.id)
    answered = county and verification and verification.approved_at and verification.approved_at > county.at
    return ReturnRow(village, current, verification, None if answered else county)


def row_of(session: Session, contest_id: UUID, village_id: UUID) -> ReturnRow:
    """One village's row; raises Absent where the village is out of scope."""
    for row in rows(session, contest_id):
        if row.village.id == village_id:
            return row
    raise Absent


def last_years(session: Session, year: int) -> dict[UUID, Mapping[str, str]]:
    """Verified figures of the year before, by village in scope.

    The township's own where it approved any, else those imported for the first year.
    """
    priors = session.scalars(select(PriorFigure).where(PriorFigure.year == year - 1))
    found: dict[UUID, Mapping[str, str]] = {prior.unit_id: prior.values for prior in priors}
    before = contest_of_year(session, year - 1)
    if before is not None:
        approved = (row for row in rows(session, before.contest_id) if row.state == "approved")
        found.update({row.village.id: row.figures for row in approved})
    return found
