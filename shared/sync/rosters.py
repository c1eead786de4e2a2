"""Members as the tiers above a branch know them: received copies, marked as such, newest wins."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, String, Table, false, select
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from shared.contracts.inputs import Card
from shared.contracts.roster import MemberCard, RosterChanged
from shared.kit.db import among, insert_rows
from shared.kit.scope import scoped
from shared.sync.records import Received
from shared.sync.refusal import OutOfScope


class RosterCopy:
    """Columns of `known_member`: a member at one branch, as that branch last told. Written by the stream."""

    __tablename__ = "known_member"

    # A function: each tier's table needs an index of its own.
    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index("ix_known_member_number", "unit_id", "number", "member_id"),
            {"info": scoped(ingest=("SELECT", "INSERT", "UPDATE"), app=("SELECT",))},
        )

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    number: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    field: Mapped[str] = mapped_column(String(24))
    post: Mapped[str] = mapped_column(String(60))
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(16)))
    exempt: Mapped[bool]
    floating: Mapped[bool]
    since: Mapped[date]
    until: Mapped[date | None]
    # The day of joining the Party, and whether it was told: an older branch says nothing of it.
    joined_on: Mapped[date | None]
    joined_told: Mapped[bool] = mapped_column(server_default=false())
    told_at: Mapped[datetime]


def keep_cards(session: Session, copy: Table, received: Sequence[Received]) -> None:
    """Keep the newest card of every member told about in this tier's copy."""
    rows = {}
    for item in received:
        body: RosterChanged = item.body
        for card in body.cards:
            rows[item.unit, card.member_id] = _row(item.unit, card, datetime.fromisoformat(body.at))
    insert_rows(session, copy, list(rows.values()), newest=("unit_id", "member_id"))


def cards_of(session: Session, copy: Table, unit_id: UUID) -> dict[UUID, Card]:
    """What a branch last told of each of its members, those that have left too."""
    columns = [copy.c.member_id, *(copy.c[name] for name in Card._fields)]
    rows = session.execute(select(*columns).where(copy.c.unit_id == unit_id))
    return {row[0]: Card(*row[1:]) for row in rows}


def require_members(session: Session, copy: Table, told: Iterable[tuple[UUID, int, UUID]]) -> None:
    """Of each (branch, year, member) told about, that the member was that branch's in the year or is since.

    Raises OutOfScope: a branch speaks of its own members only.
    """
    asked = set(told)
    if not asked:
        return
    units = {unit for unit, _year, _member in asked}
    members = {member for _unit, _year, member in asked}
    query = select(copy.c.unit_id, copy.c.member_id, copy.c.until)
    rows = session.execute(query.where(among(copy.c.unit_id, units), among(copy.c.member_id, members)))
    known = {(row.unit_id, row.member_id): row.until for row in rows}
    for unit, year, member in asked:
        until = known.get((unit, member), date.min)
        if until is not None and until <= date(year, 1, 1):
            raise OutOfScope("it is about somebody who was not this branch's member in that year")


def _row(unit: UUID, card: MemberCard, at: datetime) -> dict[str, object]:
    return {
        "unit_id": unit,
        "member_id": card.member_id,
        "number": card.number,
        "name": card.name,
        "status": card.status,
        "field": card.field,
        "post": card.post,
        "roles": card.roles,
        "exempt": card.exempt,
        "floating": card.floating,
        "since": date.fromisoformat(card.since),
        "until": date.fromisoformat(card.until) if card.until else None,
        "joined_on": date.fromisoformat(card.joined_on) if card.joined_on else None,
        "joined_told": card.joined_on is not None,
        "told_at": at,
    }
