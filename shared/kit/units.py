"""The unit tree as far as a tier's scope goes: county, townships, branches."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.kit.db import Base
from shared.kit.ids import new_id
from shared.kit.scope import Scope, scoped

LEVELS = ("county", "township", "branch")
GENERAL = "general_branch"
"""The kind of a general branch (党总支): of level branch, without members of its own."""


class Unit(Base):
    """An organisation of the hierarchy. `path` is codes ended by '.', kept only here (see DESIGN.md).

    `general_id` is the general branch that looks after a branch: beside the parent, never instead of it.
    """

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
    # No foreign key: a branch goes on waiting for a general branch that another service speaks for.
    general_id: Mapped[UUID | None] = mapped_column(index=True)

    @property
    def is_general(self) -> bool:
        """Whether this is a general branch."""
        return self.kind == GENERAL


def with_members() -> ColumnElement[bool]:
    """The condition of a branch that has members and files returns: not a general branch."""
    return and_(Unit.level == "branch", Unit.kind != GENERAL)


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

    A branch leaves its general branch, which stays. Raises ValueError for a parent of another level, a closed
    one, or one that lies below the unit, and for a general branch that still looks after branches.
    """
    if LEVELS.index(parent.level) + 1 != LEVELS.index(unit.level):
        raise ValueError(f"a {unit.level} cannot lie below the {parent.level} {parent.code}")
    if parent.closed_on is not None:
        raise ValueError(f"{parent.code} is closed")
    if parent.id != unit.parent_id:
        if looked_after(session, [unit.id]):
            raise ValueError(f"{unit.code} still looks after branches: take them out first")
        unit.general_id = None
    before = unit.path
    after = f"{parent.path}{unit.code}."
    for one in below(session, [unit]):
        one.path = after + one.path[len(before) :]
    unit.parent_id = parent.id
    session.flush()


def close_unit(session: Session, unit: Unit, on: date, successor: Unit | None) -> None:
    """Close a unit, into a successor where it was merged. Its rows and past results stay as they are.

    Raises ValueError where something open still lies below it or is looked after by it, or the successor is
    of another level or kind.
    """
    if any(one.closed_on is None for one in below(session, [unit]) if one.id != unit.id):
        raise ValueError(f"{unit.code} still has open units below it: move or close them first")
    if any(one.closed_on is None for one in looked_after(session, [unit.id])):
        raise ValueError(f"{unit.code} still looks after open branches: take them out first")
    if successor is not None and (
        successor.level != unit.level
        or successor.is_general != unit.is_general
        or successor.closed_on
        or successor.id == unit.id
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


def looked_after(session: Session, generals: Iterable[UUID]) -> Sequence[Unit]:
    """The branches that stand under these general branches, in tree order."""
    ids = list(generals)
    if not ids:
        return []
    return session.scalars(select(Unit).where(Unit.general_id.in_(ids)).order_by(Unit.path)).all()


def scope_of(session: Session, roots: Sequence[Unit]) -> Scope:
    """What someone with a post in `roots` may touch: everything at a county, else the subtree.

    A general branch reaches the branches it looks after; they read its name and nothing else of it.
    """
    if any(root.level == "county" for root in roots):
        return Scope(everything=True)
    units = {unit.id: unit for unit in below(session, roots)}
    general = [root.id for root in roots if root.is_general and root.closed_on is None]
    units |= {unit.id: unit for unit in looked_after(session, general)}
    above = {unit.id for root in roots for unit in ancestors(session, root)}
    above |= {unit.general_id for unit in units.values() if unit.general_id}
    return Scope(units=tuple(units), above=tuple(above - set(units)))
