"""The unit tree as far as a tier's scope goes: county, townships, branches."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.kit.db import Base
from shared.kit.ids import new_id
from shared.kit.scope import Scope, scoped

LEVELS = ("county", "township", "branch")


class Unit(Base):
    """An organisation of the hierarchy. `path` is codes ended by '.', kept only here (see DESIGN.md)."""

    __tablename__ = "unit"
    __table_args__ = (
        Index("ix_unit_path", "path"),
        {"info": scoped("id", ingest=("SELECT", "INSERT", "UPDATE"), above=True)},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    level: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(32))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    path: Mapped[str] = mapped_column(String(400, collation="C"))
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))


def add_unit(session: Session, code: str, name: str, level: str, kind: str, parent: Unit | None) -> Unit:
    """Add one unit below `parent`; raises ValueError where the level does not fit below the parent's."""
    expected = (
        LEVELS[0]
        if parent is None
        else LEVELS[LEVELS.index(parent.level) + 1 : LEVELS.index(parent.level) + 2]
    )
    if level not in (expected if isinstance(expected, tuple) else (expected,)):
        raise ValueError(f"unit {code}: a {level} cannot stand below {parent.level if parent else 'nothing'}")
    if parent is not None and parent.closed_on is not None:
        raise ValueError(f"unit {code}: {parent.code} is closed")
    path = f"{parent.path if parent else ''}{code}."
    unit = Unit(
        id=new_id(), code=code, name=name, level=level, kind=kind, parent_id=parent and parent.id, path=path
    )
    session.add(unit)
    session.flush()
    return unit


def move_unit(session: Session, unit: Unit, parent: Unit) -> None:
    """Put `unit`, and all below it, under another parent of the same level. Rows keyed by unit go along.

    Raises ValueError for a parent of another level, a closed one, or one that lies below the unit.
    """
    if LEVELS.index(parent.level) + 1 != LEVELS.index(unit.level):
        raise ValueError(f"a {unit.level} cannot lie below the {parent.level} {parent.code}")
    if parent.closed_on is not None:
        raise ValueError(f"{parent.code} is closed")
    before = unit.path
    after = f"{parent.path}{unit.code}."
    for one in below(session, [unit]):
        one.path = after + one.path[len(before) :]
    unit.parent_id = parent.id
    session.flush()


def close_unit(session: Session, unit: Unit, on: date, successor: Unit | None) -> None:
    """Close a unit, into a successor where it was merged. Its rows and past results stay as they are.

    Raises ValueError where something open still lies below it, or the successor is of another level.
    """
    if any(one.closed_on is None for one in below(session, [unit]) if one.id != unit.id):
        raise ValueError(f"{unit.code} still has open units below it: move or close them first")
    if successor is not None and (
        successor.level != unit.level or successor.closed_on or successor.id == unit.id
    ):
        raise ValueError(f"{successor.code} cannot take over from {unit.code}")
    unit.closed_on = on
    unit.successor_id = successor.id if successor else None
    session.flush()


def unit_by_code(session: Session, code: str) -> Unit | None:
    """The unit with this code, or None where it is absent or out of scope."""
    return session.scalars(select(Unit).where(Unit.code == code)).one_or_none()


def below(session: Session, roots: Iterable[Unit], level: str | None = None) -> Sequence[Unit]:
    """The units at and under `roots` in tree order, optionally of one level."""
    found: list[Unit] = []
    for root in roots:
        query = select(Unit).where(Unit.path.startswith(root.path, autoescape=True)).order_by(Unit.path)
        found += session.scalars(query if level is None else query.where(Unit.level == level)).all()
    return found


def ancestors(session: Session, unit: Unit) -> list[Unit]:
    """The units above `unit`, nearest first."""
    found: list[Unit] = []
    parent_id = unit.parent_id
    while parent_id is not None:
        parent = session.get(Unit, parent_id)
        if parent is None:
            break
        found.append(parent)
        parent_id = parent.parent_id
    return found


def scope_of(session: Session, roots: Sequence[Unit]) -> Scope:
    """What someone with a post in `roots` may touch: everything at a county, else the subtree."""
    if any(root.level == "county" for root in roots):
        return Scope(everything=True)
    above = {unit.id for root in roots for unit in ancestors(session, root)}
    return Scope(units=tuple(unit.id for unit in below(session, roots)), above=tuple(above))
