"""Grades of a year as they stand: of the branch that counts, as last confirmed, as appeals corrected them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Uuid,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    values,
)
from sqlalchemy.orm import Session, aliased

from services.county.grades.counting import counts
from services.county.grades.models import ConfirmedAppraisal, Grade
from services.county.outcomes.pool import all_corrections
from services.county.roster.models import KnownMember
from shared.kit.db import among
from shared.kit.units import Unit
from shared.overview.reader import PAGE, MembersPage, Place

# How an ungraded member is asked for: those of a probation, and who took no part.
NONE = "none"


@dataclass(frozen=True)
class Asked:
    """What a list is narrowed to: members of these branches (None: all), a grade, a part of a name."""

    year: int
    units: Sequence[UUID] | None = None
    grade: str = ""
    name: str = ""


@dataclass(frozen=True)
class Standing:
    """What a query of grades selects from: the rows, and each one's grade and points as they stand."""

    query: Select[Any]
    grade: ColumnElement[Any]
    added: ColumnElement[Any]


def standing(session: Session, year: int) -> Standing:
    """One row per member graded that year; the caller says which columns."""
    query = (
        select()
        .select_from(Grade)
        .join(ConfirmedAppraisal, ConfirmedAppraisal.id == Grade.filing_id)
        .where(Grade.year == year, counts())
    )
    if twice := _confirmed_twice(session, year):
        query = query.where(or_(~among(Grade.unit_id, twice), ~_confirmed_later()))
    put_right = [
        (key[0], one.grade, one.points) for key, one in all_corrections(session).items() if key[1] == year
    ]
    if not put_right:
        return Standing(query, Grade.grade, literal(0))
    of_appeals = values(
        column("member_id", Uuid), column("grade", String), column("points", Integer), name="of_appeals"
    ).data(put_right)
    query = query.outerjoin(of_appeals, of_appeals.c.member_id == Grade.member_id)
    grade = func.coalesce(of_appeals.c.grade, Grade.grade)
    return Standing(query, grade, func.coalesce(of_appeals.c.points, 0))


def _confirmed_twice(session: Session, year: int) -> Sequence[UUID]:
    unit = ConfirmedAppraisal.unit_id
    query = select(unit).where(ConfirmedAppraisal.year == year).group_by(unit).having(func.count() > 1)
    return session.scalars(query).all()


def _confirmed_later() -> ColumnElement[bool]:
    later, filing = aliased(Grade), aliased(ConfirmedAppraisal)
    return exists().where(
        later.member_id == Grade.member_id,
        later.year == Grade.year,
        later.unit_id == Grade.unit_id,
        filing.id == later.filing_id,
        tuple_(filing.confirmed_at, filing.id)
        > tuple_(ConfirmedAppraisal.confirmed_at, ConfirmedAppraisal.id),
    )


def graded_years(session: Session) -> set[int]:
    """Years of which anything is confirmed."""
    return set(session.scalars(select(ConfirmedAppraisal.year).distinct()))


def by_unit(session: Session, year: int) -> dict[UUID, dict[str | None, int]]:
    """How many of each grade every branch has; None for those without one."""
    found = standing(session, year)
    columns = (Grade.unit_id, found.grade, func.count())
    counted: dict[UUID, dict[str | None, int]] = {}
    for unit_id, grade, many in session.execute(found.query.add_columns(*columns).group_by(*columns[:2])):
        counted.setdefault(unit_id, {})[grade] = many
    return counted


def by_grade(session: Session, asked: Asked) -> dict[str | None, int]:
    """How many of each grade pass everything that is asked but the grade."""
    found = standing(session, asked.year)
    query = found.query
    if asked.name:
        query = query.join(KnownMember, _card())
    query = _narrowed(query, asked)
    rows = session.execute(query.add_columns(found.grade, func.count()).group_by(found.grade))
    return {row[0]: row[1] for row in rows}


def _card() -> ColumnElement[bool]:
    return (KnownMember.member_id == Grade.member_id) & (KnownMember.unit_id == Grade.unit_id)


def _narrowed(query: Select[Any], asked: Asked) -> Select[Any]:
    if asked.units is not None:
        query = query.where(among(Grade.unit_id, asked.units))
    if asked.name:
        query = query.where(KnownMember.name.contains(asked.name, autoescape=True))
    return query


def _listed(session: Session, asked: Asked) -> Select[Any]:
    found = standing(session, asked.year)
    columns = (
        *(Grade.member_id, KnownMember.unit_id, KnownMember.number, KnownMember.name),
        *(
            found.grade.label("grade"),
            Grade.grade.label("graded"),
            (Grade.total + found.added).label("total"),
        ),
        *(Grade.base, Grade.appraisal, Grade.rank, Grade.exempt),
        *(ConfirmedAppraisal.confirmed_by, ConfirmedAppraisal.confirmed_at),
    )
    query = _narrowed(found.query.join(KnownMember, _card()).add_columns(*columns), asked)
    if asked.grade:
        query = query.where(found.grade.is_(None) if asked.grade == NONE else found.grade == asked.grade)
    return query


def page_of(
    session: Session,
    asked: Asked,
    *,
    after: Place | None = None,
    before: Place | None = None,
    last: bool = False,
) -> MembersPage:
    """Members with their grades by branch and number: each page costs the same (keyset)."""
    key = (KnownMember.unit_id, KnownMember.number, KnownMember.member_id)
    query = _listed(session, asked)
    backwards = last or before is not None
    if after is not None:
        query = query.where(tuple_(*key) > (after.unit_id, after.number, after.member_id))
    if before is not None:
        query = query.where(tuple_(*key) < (before.unit_id, before.number, before.member_id))
    order = [one.desc() for one in key] if backwards else list(key)
    found = session.execute(query.order_by(*order).limit(PAGE + 1)).all()
    more, rows = len(found) > PAGE, found[:PAGE]
    if backwards:
        return MembersPage(rows[::-1], more, not last)
    return MembersPage(rows, after is not None, more)


def every_one(session: Session, asked: Asked) -> Iterable[Any]:
    """All that is asked for, in the order of the pages."""
    query = _listed(session, asked)
    return session.execute(query.order_by(KnownMember.unit_id, KnownMember.number, KnownMember.member_id))


def below(session: Session, unit: Unit) -> list[UUID]:
    """The branches at or below a unit."""
    query = select(Unit.id).where(Unit.path.startswith(unit.path, autoescape=True), Unit.level == "branch")
    return list(session.scalars(query))


def together(many: Iterable[Mapping[str | None, int]]) -> dict[str | None, int]:
    """The sum of several units' counts."""
    found: dict[str | None, int] = {}
    for one in many:
        for grade, count in one.items():
            found[grade] = found.get(grade, 0) + count
    return found
