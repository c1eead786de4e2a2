"""The roster as lists want it: one view of it, searched, with the counts of all."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Uuid, bindparam, func, select
from sqlalchemy.orm import Session

from services.branch.roster.models import Member

PAGE = 100
_MEMBERS = select(Member).where(Member.unit_id == bindparam("unit", type_=Uuid)).order_by(Member.number)
_ON = bindparam("on", type_=Date)
_MEMBERS_ON = _MEMBERS.where(Member.since <= _ON, Member.until.is_(None) | (Member.until > _ON))


def members(session: Session, unit_id: UUID, on: date | None = None) -> Sequence[Member]:
    """The branch's members by number; with `on` only those who belong to it on that day."""
    return session.scalars(_MEMBERS if on is None else _MEMBERS_ON, {"unit": unit_id, "on": on}).all()


def _view(name: str) -> ColumnElement[bool]:
    here = Member.until.is_(None)
    return {
        "active": here,
        "probationary": here & (Member.status == "probationary"),
        "exempt": here & Member.exempt,
        "floating": here & Member.floating,
        "left": Member.until.is_not(None),
    }[name]


def counts(session: Session, unit_id: UUID, views: Sequence[str]) -> dict[str, int]:
    """How many members each view has."""
    columns = [func.count().filter(_view(name)) for name in views]
    row = session.execute(select(*columns).select_from(Member).where(Member.unit_id == unit_id)).one()
    return dict(zip(views, row, strict=True))


def listed(
    session: Session,
    unit_id: UUID,
    view: str,
    search: str = "",
    page: int = 1,
    size: int = PAGE,
    group: str = "",
) -> tuple[list[Member], int]:
    """One page of a view by number, and how many there are in all; `search` is part of a name or number.

    `group`: of one Party group only.
    """
    where = [Member.unit_id == unit_id, _view(view)]
    if group:
        where.append(Member.party_group == group)
    if search:
        where.append(
            Member.name.contains(search, autoescape=True) | Member.number.contains(search, autoescape=True)
        )
    query = select(Member).where(*where).order_by(Member.number)
    many = session.scalar(select(func.count()).select_from(Member).where(*where)) or 0
    return list(session.scalars(query.offset((page - 1) * size).limit(size))), many


def group_names(session: Session, unit_id: UUID) -> list[str]:
    """The Party groups (党小组) that the branch's members belong to, by name."""
    query = select(Member.party_group).where(
        Member.unit_id == unit_id, Member.party_group != "", Member.until.is_(None)
    )
    return list(session.scalars(query.distinct().order_by(Member.party_group)))


def next_number(session: Session, unit_id: UUID) -> str:
    """A free number after the highest that is all digits, as wide as that one."""
    digits = Member.number.regexp_match("^[0-9]{1,18}$")
    query = select(Member.number).where(Member.unit_id == unit_id, digits)
    highest = max(session.scalars(query), key=int, default="0000")
    return str(int(highest) + 1).zfill(len(highest))
