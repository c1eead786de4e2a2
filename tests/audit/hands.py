"""What the tests of the audit log do again and again: let it grow, seal it, look at it as superuser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from shared.kit import audit
from shared.kit.scope import EVERYTHING
from shared.sync.anchors import hand_of
from shared.sync.node import all_keys
from shared.sync.proving import Proof, prove
from shared.sync.signed import Signed
from shared.sync.sql_store import SqlLedger
from tests.servers import Servers
from tests.sync.world import START, Place

HOUR = timedelta(hours=1)


def act(place: Place, chance: Random, count: int = 1) -> None:
    """Somebody does something `count` times."""
    with place.database.transaction(EVERYTHING) as session:
        for _ in range(count):
            account, unit = UUID(int=chance.getrandbits(128)), UUID(int=chance.getrandbits(128))
            subject = f"{chance.getrandbits(40):x}"
            audit.record(session, place.world.tick(), account, unit, "test", subject, n=chance.randrange(99))


def seal(place: Place, watching: datetime = START) -> int:
    """The worker's sealing, at the world's present time; it has looked all the time since `watching`."""
    with place.node.store.work() as ledger:
        me = place.node.identity(ledger).node
    with place.database.transaction(EVERYTHING) as session:
        return audit.seal(session, hand_of(place.node.keys, me), place.world.now, watching)


def me(place: Place) -> UUID:
    """The node's id."""
    with place.node.store.work() as ledger:
        return place.node.identity(ledger).node


@contextmanager
def superuser(servers: Servers, place: Place) -> Iterator[Connection]:
    """The database server's superuser in a place's database; what he did is undone at the end."""
    url = make_url(servers.admin_url).set(database=place.owner.url.database)
    engine = create_engine(url.set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        if transaction.is_active:
            transaction.rollback()
    engine.dispose()


def do(servers: Servers, place: Place, *statements: str) -> None:
    """The superuser does something that stays."""
    with superuser(servers, place) as connection:
        for statement in statements:
            connection.execute(text(statement))
        transaction = connection.get_transaction()
        assert transaction is not None
        transaction.commit()


def look(connection: Connection, place: Place, now: datetime, others: tuple[Signed, ...] = ()) -> Proof:
    """What the verifier finds in the middle of the superuser's transaction."""
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        ledger = SqlLedger(session)
        return prove(ledger, me(place), all_keys(place.node, ledger), now, others)
