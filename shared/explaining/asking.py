"""Which member is meant, and whether the asker may know of him."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.explaining.held import Membership
from shared.kit.errors import Absent
from shared.kit.units import Unit


class BadName(ValueError):
    """Neither a member's id nor 'branch code/number'."""


@dataclass(frozen=True)
class Named:
    """A member by id, or by the number on a branch's roster."""

    member_id: UUID | None = None
    code: str = ""
    number: str = ""


def named_by(text: str) -> Named:
    """Read '01890a5d-…' or '321323001001/0003'; raises BadName."""
    code, slash, number = text.strip().partition("/")
    if slash and code.strip() and number.strip():
        return Named(code=code.strip(), number=number.strip())
    try:
        return Named(member_id=UUID(text.strip()))
    except ValueError as error:
        raise BadName(text) from error


def memberships(session: Session, roster: Any, key: str, named: Named) -> list[tuple[Membership, Any]]:
    """Where the member has been, as far as the session's scope goes, the present one last. Raises Absent.

    `key` is the column of `roster` with members' ids.
    """
    column = getattr(roster, key)
    wanted = named.member_id
    if wanted is None:
        query = (
            select(column)
            .join(Unit, Unit.id == roster.unit_id)
            .where(Unit.code == named.code, roster.number == named.number)
        )
        wanted = session.scalars(query).one_or_none()
    query = select(roster, Unit).join(Unit, Unit.id == roster.unit_id).where(column == wanted)
    found = [(_membership(row, unit), row) for row, unit in session.execute(query)] if wanted else []
    if not found:
        raise Absent
    return sorted(found, key=lambda one: (one[0].until is None, one[0].since))


def _membership(row: Any, unit: Unit) -> Membership:
    return Membership(row.unit_id, unit.name, unit.code, row.number, row.since, row.until)


def units_of(found: Sequence[tuple[Membership, Any]]) -> list[UUID]:
    """The branches, each once, in order."""
    return list(dict.fromkeys(one.unit_id for one, _row in found))
