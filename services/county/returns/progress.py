"""How far the returns have come up: per township and per village."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from services.county.contest.models import Contest
from services.county.returns.actions import counted, given_back
from services.county.returns.models import SentBack, VerifiedReturn
from shared.kit.units import Unit, with_members

STATES = ("given_back", "missing", "counted")


@dataclass(frozen=True)
class TownshipProgress:
    """One township: villages expected, returns that count, given back and not come again, last received."""

    unit: Unit
    expected: int
    counted: int
    given_back: int
    last_at: datetime | None

    @property
    def missing(self) -> int:
        """Villages without a return that counts."""
        return self.expected - self.counted


@dataclass(frozen=True)
class VillageProgress:
    """One village: its newest return, and why it was given back where it was."""

    unit: Unit
    state: str
    row: VerifiedReturn | None
    back: SentBack | None


def totals(session: Session, contest: Contest) -> tuple[int, int]:
    """(villages with a return that counts, villages expected)."""
    known = {unit.id for unit in _villages(session)}
    return len(known & counted_ids(session, contest)), len(known)


def counted_ids(session: Session, contest: Contest) -> set[UUID]:
    """Villages whose newest return has not been given back; reads no figures."""
    newest = (
        select(VerifiedReturn.unit_id, VerifiedReturn.id)
        .ext(distinct_on(VerifiedReturn.unit_id))
        .where(VerifiedReturn.contest_id == contest.id)
        .order_by(VerifiedReturn.unit_id, VerifiedReturn.approved_at.desc(), VerifiedReturn.id.desc())
        .subquery()
    )
    back = select(SentBack.verified_return_id).where(SentBack.verified_return_id == newest.c.id).exists()
    return set(session.scalars(select(newest.c.unit_id).where(~back)))


def _villages(session: Session) -> Sequence[Unit]:
    query = select(Unit).where(with_members(), Unit.closed_on.is_(None)).order_by(Unit.path)
    return session.scalars(query).all()


def by_township(session: Session, contest: Contest) -> list[TownshipProgress]:
    """Every township, those that lag most first."""
    villages = _villages(session)
    there, back = counted_ids(session, contest), set(given_back(session, contest.id))
    expected = Counter(unit.parent_id for unit in villages)
    have = Counter(unit.parent_id for unit in villages if unit.id in there)
    returned = Counter(unit.parent_id for unit in villages if unit.id in back)
    last = _last_received(session, contest)
    townships = session.scalars(select(Unit).where(Unit.level == "township").order_by(Unit.path)).all()
    found = [
        TownshipProgress(one, expected[one.id], have[one.id], returned[one.id], last.get(one.id))
        for one in townships
    ]
    return sorted(found, key=lambda one: -one.missing)


def _last_received(session: Session, contest: Contest) -> dict[UUID, datetime]:
    query = select(VerifiedReturn.township_id, func.max(VerifiedReturn.received_at)).where(
        VerifiedReturn.contest_id == contest.id
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(VerifiedReturn.township_id))}


def by_village(session: Session, contest: Contest) -> list[VillageProgress]:
    """Every village in tree order, with the state of its return."""
    there, back = counted(session, contest.id), given_back(session, contest.id)
    return [
        _village(unit, there.get(unit.id), back.get(unit.id, (None, None))) for unit in _villages(session)
    ]


def _village(
    unit: Unit, row: VerifiedReturn | None, back: tuple[VerifiedReturn | None, SentBack | None]
) -> VillageProgress:
    state = "counted" if row else "given_back" if back[0] else "missing"
    return VillageProgress(unit, state, row or back[0], back[1])
