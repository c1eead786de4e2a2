"""One grade and one base per member and year, whatever branches tell and in whatever order it arrives.

Two branches that graded one member: the rule says which counts, the other one is set aside and told so.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, exists, literal, select, union
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from services.county.grades.models import ConfirmedAppraisal, Grade, GradeAside
from services.county.grades.telling import tell_counting
from services.county.roster.models import KnownMember
from services.county.years.models import CarriedBase, MemberYear, SettledYear, ToldBase
from shared.kit.db import among
from shared.kit.units import Unit
from shared.rules.appraisal.counting import Stay, counting_branch

Key = tuple[UUID, int]
NEWEST = and_(
    SettledYear.unit_id == ToldBase.unit_id,
    SettledYear.year == ToldBase.year - 1,
    SettledYear.at == ToldBase.settled_at,
)


def counts(grade: Any = Grade) -> ColumnElement[bool]:
    """That a grade is not set aside for another branch's."""
    return ~exists().where(
        GradeAside.member_id == grade.member_id,
        GradeAside.year == grade.year,
        GradeAside.unit_id == grade.unit_id,
    )


def graded_by_several(session: Session, members: Collection[UUID]) -> set[UUID]:
    """Those of these members whom more than one branch has graded, in whatever year."""
    found = _graded_by(session, members) if members else {}
    return {member for (member, _year), units in found.items() if len(units) > 1}


def aside_of(session: Session, unit_id: UUID, year: int) -> set[UUID]:
    """Members whose grade of a year at this branch does not count."""
    query = select(GradeAside.member_id).where(GradeAside.unit_id == unit_id, GradeAside.year == year)
    return set(session.scalars(query))


def told_besides(session: Session, unit_id: UUID, year: int, graded: Collection[UUID]) -> list[UUID]:
    """Members for whom the branch's newest settlement has a base, and who are not among those graded."""
    query = (
        select(ToldBase.member_id)
        .join(SettledYear, NEWEST)
        .where(ToldBase.unit_id == unit_id, ToldBase.year == year + 1, ~among(ToldBase.member_id, graded))
        .order_by(ToldBase.member_id)
    )
    return list(session.scalars(query))


def graded_nowhere(session: Session, year: int) -> Sequence[Row[tuple[UUID, str, str]]]:
    """Of branches that are confirmed: whoever was theirs on the last day and has no grade anywhere.

    Rows of member_id, name, unit (the branch's name), in the order of branches and numbers.
    """
    last = date(year, 12, 31)
    query = (
        select(KnownMember.member_id, KnownMember.name, Unit.name.label("unit"))
        .join(Unit, Unit.id == KnownMember.unit_id)
        .where(
            KnownMember.since <= last,
            KnownMember.until.is_(None) | (KnownMember.until > last),
            exists().where(ConfirmedAppraisal.unit_id == Unit.id, ConfirmedAppraisal.year == year),
            ~exists().where(Grade.member_id == KnownMember.member_id, Grade.year == year),
        )
        .order_by(Unit.path, KnownMember.number)
    )
    return session.execute(query).all()


def look_again(session: Session, members: Collection[UUID], now: datetime) -> None:
    """Say anew which branch counts for these members, tell those for whom that is new, set the bases."""
    closed = set(session.scalars(select(MemberYear.year).where(MemberYear.state == "closed")))
    # What a closed year was counted by stands, whatever memberships become afterwards.
    found = {key: units for key, units in _graded_by(session, members).items() if key[1] not in closed}
    twice = {key: units for key, units in found.items() if len(units) > 1}
    wanted = {
        (member, year, unit): counting
        for (member, year), units in twice.items()
        for counting in [_which(session, member, year, units)]
        for unit in units - {counting}
    }
    _set_aside(session, members, closed, wanted, now)
    _set_bases(session, {key for key in twice.keys() | _told_of(session, members) if key[1] not in closed})


def _graded_by(session: Session, members: Collection[UUID]) -> dict[Key, set[UUID]]:
    """By member and year, the branches that gave a grade or carried a base."""
    grades = select(Grade.member_id, Grade.year, Grade.unit_id).where(among(Grade.member_id, members))
    told = select(ToldBase.member_id, ToldBase.year - 1, ToldBase.unit_id).join(SettledYear, NEWEST)
    # Bases from before branches' own words were kept beside the one that counts.
    old = select(CarriedBase.member_id, CarriedBase.year - 1, CarriedBase.unit_id).where(
        among(CarriedBase.member_id, members), ~_has_told(CarriedBase)
    )
    found: dict[Key, set[UUID]] = {}
    for member, year, unit in session.execute(
        union(grades, told.where(among(ToldBase.member_id, members)), old)
    ):
        found.setdefault((member, year), set()).add(unit)
    return found


def _has_told(base: Any) -> ColumnElement[bool]:
    told = aliased(ToldBase)
    return exists().where(
        told.member_id == base.member_id, told.year == base.year, told.unit_id == base.unit_id
    )


def _which(session: Session, member: UUID, year: int, units: Iterable[UUID]) -> UUID:
    query = select(KnownMember.unit_id, KnownMember.since, KnownMember.until)
    rows = session.execute(query.where(KnownMember.member_id == member))
    known: dict[UUID, tuple[date, date | None]] = {row.unit_id: (row.since, row.until) for row in rows}
    return UUID(counting_branch(year, [Stay(str(one), *known.get(one, (None, None))) for one in units]))


def _set_aside(
    session: Session,
    members: Collection[UUID],
    closed: Collection[int],
    wanted: Mapping[tuple[UUID, int, UUID], UUID],
    now: datetime,
) -> None:
    query = select(GradeAside.member_id, GradeAside.year, GradeAside.unit_id, GradeAside.counts_id)
    rows = session.execute(query.where(among(GradeAside.member_id, members)))
    known = {(row.member_id, row.year, row.unit_id): row.counts_id for row in rows if row.year not in closed}
    over = known.keys() - wanted.keys()
    for member, year, unit in over:
        gone = delete(GradeAside).where(
            GradeAside.member_id == member, GradeAside.year == year, GradeAside.unit_id == unit
        )
        session.execute(gone.execution_options(synchronize_session=False))
    fresh = {key: counting for key, counting in wanted.items() if known.get(key) != counting}
    for (member, year, unit), counting in fresh.items():
        row = {"member_id": member, "year": year, "unit_id": unit, "counts_id": counting, "at": now}
        put = insert(GradeAside).values(row)
        keys = ["member_id", "year", "unit_id"]
        session.execute(
            put.on_conflict_do_update(index_elements=keys, set_={"counts_id": counting, "at": now})
        )
    tell_counting(session, fresh, over, now)


def _told_of(session: Session, members: Collection[UUID]) -> set[Key]:
    query = select(ToldBase.member_id, ToldBase.year - 1).where(among(ToldBase.member_id, members)).distinct()
    return {(row[0], row[1]) for row in session.execute(query)}


def _set_bases(session: Session, keys: Collection[Key]) -> None:
    """The base that counts: of the newest words of the branch not set aside; none where it told none."""
    for year in sorted({year for _member, year in keys}):
        members = [member for member, of in keys if of == year]
        standing = and_(
            among(ToldBase.member_id, members),
            ToldBase.year == year + 1,
            ~exists().where(
                GradeAside.member_id == ToldBase.member_id,
                GradeAside.year == literal(year),
                GradeAside.unit_id == ToldBase.unit_id,
            ),
        )
        columns = [column.name for column in CarriedBase.__table__.columns]
        source = select(*(getattr(ToldBase, name) for name in columns)).join(SettledYear, NEWEST)
        put = insert(CarriedBase).from_select(columns, source.where(standing))
        changed = {name: put.excluded[name] for name in columns if name not in ("member_id", "year")}
        session.execute(put.on_conflict_do_update(index_elements=["member_id", "year"], set_=changed))
        # What another settlement of the same branch no longer says, or a branch set aside, counts no more.
        told = (
            select(ToldBase.unit_id)
            .join(SettledYear, NEWEST)
            .where(
                standing, ToldBase.member_id == CarriedBase.member_id, ToldBase.unit_id == CarriedBase.unit_id
            )
        )
        aside = exists().where(
            GradeAside.member_id == CarriedBase.member_id,
            GradeAside.year == literal(year),
            GradeAside.unit_id == CarriedBase.unit_id,
        )
        gone = delete(CarriedBase).where(
            among(CarriedBase.member_id, members),
            CarriedBase.year == year + 1,
            aside | (_has_told(CarriedBase) & ~told.exists()),
        )
        session.execute(gone.execution_options(synchronize_session=False))
