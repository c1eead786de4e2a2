"""Telling branches whose grade of a member counts, where two have graded the same one."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.contracts.outcomes import AskedMember, YearAsked
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.sync.outbox import publish_down

Graded = tuple[UUID, int, UUID]


def tell_counting(
    session: Session, aside: Mapping[Graded, UUID], counts: Iterable[Graded], now: datetime
) -> None:
    """Tell each branch of those newly set aside, and that count after all: (member, year, branch)."""
    found: dict[tuple[UUID, int, str], list[AskedMember]] = {}
    for (member, year, unit_id), counting in sorted(aside.items()):
        unit = session.get_one(Unit, counting)
        found.setdefault((unit_id, year, "elsewhere"), []).append(AskedMember(member, unit.code, unit.name))
    for member, year, unit_id in sorted(counts):
        unit = session.get_one(Unit, unit_id)
        found.setdefault((unit_id, year, "counts"), []).append(AskedMember(member, unit.code, unit.name))
    for (unit_id, year, sort), members in found.items():
        ask(session, unit_id, YearAsked(new_id(), unit_id, year, sort, members, "", "", now.isoformat()), now)


def ask(session: Session, unit_id: UUID, body: YearAsked, now: datetime) -> None:
    """Send it to the branch by way of its township."""
    unit = session.get_one(Unit, unit_id)
    county = session.scalars(select(Unit.id).where(Unit.level == "county")).one()
    publish_down(session, county, unit.parent_id, unit_id, body, now)
