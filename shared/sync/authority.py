"""A unit without anybody for an authority it needs: told upwards once per change, gone when mended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Index, String, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.contracts.authority import AuthorityGap
from shared.kit.accounts import Account, Post, Role
from shared.kit.db import Base
from shared.kit.ids import new_id
from shared.kit.scope import scoped
from shared.kit.units import Unit
from shared.sync.outbox import send_up
from shared.sync.records import Received

SECOND = "second"
"""What is missing where two authorities need two people and one person holds both."""
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('authority'))")


@dataclass(frozen=True)
class Needed:
    """What every open unit of `level` needs: authority → permission; `apart`: two that need two people.

    `by_kind`: what units of a kind need instead.
    """

    level: str
    permissions: Mapping[str, str]
    apart: tuple[str, str] | None = None
    by_kind: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, kind: str) -> Mapping[str, str]:
        """Authority → permission for a unit of this kind."""
        return self.by_kind.get(kind, self.permissions)


class AuthorityState(Base):
    """What this tier has last told of one of its own units."""

    __tablename__ = "authority_state"
    __table_args__ = ({"info": scoped(app=("SELECT", "INSERT", "UPDATE"))},)

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    missing: Mapped[list[str]] = mapped_column(ARRAY(String(16)))
    since: Mapped[datetime | None]


class AuthorityReport(Base):
    """What the tier below has told of one of its units; the newest counts. Insert-only."""

    __tablename__ = "authority_report"
    __table_args__ = (
        Index("ix_authority_report_unit", "unit_id", "epoch", "seq"),
        {"info": scoped(ingest=("INSERT",), app=("SELECT",))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[UUID]
    epoch: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger)
    missing: Mapped[list[str]] = mapped_column(ARRAY(String(16)))
    since: Mapped[datetime | None]
    received_at: Mapped[datetime]


@dataclass(frozen=True)
class Gap:
    """A unit, the authorities nobody there holds, and since when."""

    unit: Unit
    missing: tuple[str, ...]
    since: datetime


def missing(session: Session, units: Collection[UUID], needed: Needed) -> dict[UUID, tuple[str, ...]]:
    """By unit, the authorities that no open account holds; every unit given is in the answer."""
    query = (
        select(Post.unit_id, Post.account_id, Role.permissions)
        .join(Role, Role.name == Post.role)
        .join(Account, Account.id == Post.account_id)
        .where(Post.unit_id.in_(units), ~Account.disabled)
    )
    kinds = {
        row.id: row.kind for row in session.execute(select(Unit.id, Unit.kind).where(Unit.id.in_(units)))
    }
    held: dict[UUID, dict[str, set[UUID]]] = {unit: {} for unit in units}
    for unit, account, permissions in session.execute(query):
        for authority, permission in needed.of(kinds.get(unit, "")).items():
            if permission in permissions:
                held[unit].setdefault(authority, set()).add(account)
    return {unit: _lacking(people, needed, kinds.get(unit, "")) for unit, people in held.items()}


def _lacking(people: Mapping[str, set[UUID]], needed: Needed, kind: str) -> tuple[str, ...]:
    found = tuple(authority for authority in needed.of(kind) if not people.get(authority))
    if found or needed.apart is None or kind in needed.by_kind:
        return found
    one, other = needed.apart
    return (SECOND,) if len(people[one] | people[other]) < 2 else ()


def look(session: Session, needed: Needed, now: datetime) -> int:
    """Compare every own unit with what was last told, and tell what changed; how many changed."""
    session.execute(_ONE_AT_A_TIME)
    units = session.scalars(select(Unit).where(Unit.level == needed.level).order_by(Unit.path)).all()
    lacking = missing(session, [unit.id for unit in units if unit.closed_on is None], needed)
    told = {row.unit_id: row for row in session.scalars(select(AuthorityState))}
    changed = 0
    for unit in units:
        before, after = told.get(unit.id), lacking.get(unit.id, ())
        if after == (tuple(before.missing) if before else ()):
            continue
        since = before.since if before and before.since else now
        _keep(session, unit.id, after, since if after else None)
        body = AuthorityGap(
            unit_id=unit.id,
            missing=list(after),
            since=since.isoformat() if after else "",
            at=now.isoformat(),
        )
        send_up(session, unit.id, unit.id, body, now)
        changed += 1
    return changed


def _keep(session: Session, unit: UUID, lacking: Sequence[str], since: datetime | None) -> None:
    values = {"missing": list(lacking), "since": since}
    statement = insert(AuthorityState).values(unit_id=unit, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["unit_id"], set_=values))


def own_gaps(session: Session, units: Collection[Unit], needed: Needed, now: datetime) -> list[Gap]:
    """What is missing at these units at this moment; since when as far as it has been noticed."""
    lacking = missing(session, [unit.id for unit in units], needed)
    told = {row.unit_id: row.since for row in session.scalars(select(AuthorityState))}
    return [
        Gap(unit, lacking[unit.id], told.get(unit.id) or now)
        for unit in sorted(units, key=lambda unit: unit.path)
        if lacking[unit.id]
    ]


def gaps(session: Session) -> list[Gap]:
    """What the units below have told and not taken back, in tree order."""
    query = (
        select(AuthorityReport, Unit)
        .join(Unit, Unit.id == AuthorityReport.unit_id)
        .where(Unit.closed_on.is_(None))
        .order_by(Unit.path, AuthorityReport.epoch, AuthorityReport.seq)
    )
    newest = {unit.id: (report, unit) for report, unit in session.execute(query)}
    return [
        Gap(unit, tuple(report.missing), report.since)
        for report, unit in newest.values()
        if report.missing and report.since
    ]


def receive_gaps(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what the tier below tells of its units."""
    for item in received:
        body: AuthorityGap = item.body
        session.add(
            AuthorityReport(
                id=new_id(),
                unit_id=item.unit,
                epoch=item.epoch,
                seq=item.seq,
                missing=body.missing,
                since=datetime.fromisoformat(body.since) if body.since else None,
                received_at=now,
            )
        )
    session.flush()


def recover_gaps(session: Session, received: Sequence[Received], now: datetime) -> None:
    """What had been told comes back after a restore: the last word is known again."""
    for item in received:
        body: AuthorityGap = item.body
        since = datetime.fromisoformat(body.since) if body.since else None
        _keep(session, item.unit, body.missing, since)
