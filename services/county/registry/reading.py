"""The county's registers, read only: units, nodes with their streams, the audit log."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.kit.accounts import Account
from shared.kit.audit import AuditEvent, AuditSeal
from shared.kit.units import GENERAL, Unit
from shared.sync.models import PeerNode, PeerUnit
from shared.sync.reporting import StreamStatus
from shared.sync.streams import parse

PAGE = 50


@dataclass(frozen=True)
class NodeRow:
    """A node this one knows: how many units it speaks for, when it was last heard, what is under way."""

    node: PeerNode
    units: int
    lag: int
    held: int
    troubles: tuple[str, ...]


def count_units(session: Session) -> dict[str, int]:
    """Units that are open, by level; general branches are counted apart."""
    query = select(Unit.level, func.count()).where(Unit.closed_on.is_(None), Unit.kind != GENERAL)
    return {row[0]: row[1] for row in session.execute(query.group_by(Unit.level))}


def count_generals(session: Session) -> int:
    """General branches that are open."""
    query = select(func.count()).where(Unit.closed_on.is_(None), Unit.kind == GENERAL)
    return session.scalar(query) or 0


def unit_page(session: Session, words: str, page: int) -> tuple[Sequence[Unit], int]:
    """One page of the tree in its order, and how many there are; `words` in a name or a code's beginning."""
    query = select(Unit)
    if words:
        query = query.where(
            Unit.name.contains(words, autoescape=True) | Unit.code.startswith(words, autoescape=True)
        )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found = session.scalars(query.order_by(Unit.path).offset((page - 1) * PAGE).limit(PAGE)).all()
    return found, total


def nodes(session: Session, streams: Sequence[StreamStatus]) -> list[NodeRow]:
    """Every node known here; a stream belongs to the node that speaks for the unit it begins or ends at."""
    query = select(PeerUnit.node_id, PeerUnit.unit_id)
    speaks = {row.unit_id: row.node_id for row in session.execute(query)}
    mine: dict[UUID, list[StreamStatus]] = defaultdict(list)
    for one in streams:
        mine[_node_of(one, speaks)].append(one)
    peers = session.scalars(select(PeerNode).order_by(PeerNode.relation, PeerNode.name)).all()
    units: dict[UUID, int] = defaultdict(int)
    for node_id in speaks.values():
        units[node_id] += 1
    return [_node(peer, units[peer.node_id], mine[peer.node_id]) for peer in peers]


def _node_of(one: StreamStatus, speaks: dict[UUID, UUID]) -> UUID:
    """Who is at the other end: the node of the unit addressed, else of the unit that speaks."""
    stream = parse(one.stream)
    return speaks.get(stream.target or stream.origin, UUID(int=0))


def _node(peer: PeerNode, units: int, streams: Sequence[StreamStatus]) -> NodeRow:
    troubles = tuple(
        f"{one.stream}: {one.state}" + (f" ({one.reason})" if one.reason else "")
        for one in streams
        if one.state != "open" or one.quarantined or one.rejected
    )
    return NodeRow(peer, units, sum(one.lag for one in streams), sum(one.held for one in streams), troubles)


def actions(session: Session) -> list[tuple[str, int]]:
    """The kinds of acts in the log with their counts."""
    query = select(AuditEvent.action, func.count()).group_by(AuditEvent.action).order_by(AuditEvent.action)
    return [(row[0], row[1]) for row in session.execute(query)]


def events(session: Session, action: str, page: int) -> tuple[list[tuple[AuditEvent, str, str]], int]:
    """One page of the log, newest first, each with its account's login and its unit's name; and the total."""
    query = select(AuditEvent, Account.login, Unit.name)
    query = query.outerjoin(Account, Account.id == AuditEvent.account_id)
    query = query.outerjoin(Unit, Unit.id == AuditEvent.unit_id)
    count = select(func.count()).select_from(AuditEvent)
    if action:
        query, count = query.where(AuditEvent.action == action), count.where(AuditEvent.action == action)
    rows = session.execute(query.order_by(AuditEvent.id.desc()).offset((page - 1) * PAGE).limit(PAGE))
    return [(row[0], row[1] or "", row[2] or "") for row in rows], session.scalar(count) or 0


def unsealed(session: Session) -> tuple[int, datetime | None]:
    """How many events the worker has not chained yet, and the oldest of them."""
    sealed = select(AuditSeal.event_id).where(AuditSeal.event_id == AuditEvent.id).exists()
    row = session.execute(select(func.count(), func.min(AuditEvent.at)).where(~sealed)).one()
    return row[0], row[1]


def sealed_count(session: Session) -> int:
    """How many events are in the chain."""
    return session.scalar(select(func.max(AuditSeal.seq))) or 0
