"""One connection, many askers: whatever happened on it before, nobody finds another's row."""

import random
from contextlib import suppress
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from shared.kit.db import Database
from shared.kit.scope import EVERYTHING, NOTHING, Scope, bind_scope
from shared.kit.units import Unit

READ = text("SELECT id FROM unit")
TURNS = 400


class Stopped(Exception):
    """What a request that fails ends with."""


@pytest.fixture(scope="module")
def narrow(county):
    """The branch's database through a single connection, and its units."""
    settings = county.settings["branch"]
    made = Database(settings.database_url, settings.ingest_database_url)
    made.engine.dispose()
    made.engine = create_engine(
        settings.database_url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=2
    )
    with made.transaction(EVERYTHING) as session:
        units = list(session.scalars(select(Unit.id).order_by(Unit.path)))
    yield made, units
    made.dispose()


def seen(session):
    return {row.id for row in session.execute(READ)}


def plainly(database, scope):
    with database.transaction(scope) as session:
        return [seen(session)]


def after_a_commit(database, scope):
    with Session(database.engine) as session:
        bind_scope(session, scope)
        first = seen(session)
        session.commit()
        return [first, seen(session)]


def after_a_rollback(database, scope):
    with Session(database.engine) as session:
        bind_scope(session, scope)
        first = seen(session)
        session.rollback()
        return [first, seen(session)]


def before_an_error(database, scope):
    found = []
    with suppress(DBAPIError), database.transaction(scope) as session:
        found.append(seen(session))
        session.execute(text("SELECT 1 / 0"))
    return found


def before_a_failure(database, scope):
    found = []
    with suppress(Stopped), database.transaction(scope) as session:
        found.append(seen(session))
        raise Stopped
    return found


def in_a_savepoint(database, scope):
    with database.transaction(scope) as session:
        with suppress(DBAPIError), session.begin_nested():
            session.execute(text("SELECT no_such_column FROM unit"))
        return [seen(session)]


def with_a_refused_row(database, scope):
    """A row of another unit is refused; the next asker has nothing to do with it."""
    insert = text("INSERT INTO claim_count (unit_id, year, last) VALUES (:unit, 2026, 0)")
    found = []
    with suppress(DBAPIError), database.transaction(scope) as session:
        found.append(seen(session))
        session.execute(insert, {"unit": uuid4()})
    return found


WAYS = (
    *(plainly, after_a_commit, after_a_rollback, before_an_error, before_a_failure),
    *(in_a_savepoint, with_a_refused_row),
)


def test_requests_of_two_scopes_on_one_connection_never_see_each_others_rows(narrow):
    database, units = narrow
    scopes = [
        (Scope(units=(units[-1],)), {units[-1]}),
        (Scope(units=(units[-2],)), {units[-2]}),
        (NOTHING, set()),
        (EVERYTHING, set(units)),
    ]
    chance = random.Random(4)
    for _turn in range(TURNS):
        scope, expected = chance.choice(scopes)
        way = chance.choice(WAYS)
        assert all(one == expected for one in way(database, scope)), (way.__name__, scope)
    assert database.engine.pool.checkedout() == 0


def test_what_is_set_on_the_session_alone_would_be_found_by_the_next(narrow):
    """The planted bug this test must be able to see: a scope that outlives its transaction."""
    database, units = narrow
    everything = text("SELECT set_config('app.all', 'on', false)")
    with database.engine.begin() as connection:
        connection.execute(everything)
    with database.engine.begin() as connection:
        assert {row.id for row in connection.execute(READ)} == set(units)
    # The product's own way sets all four anew, so that even this is not found.
    assert plainly(database, NOTHING) == [set()]
    with database.engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.all', 'off', false)"))
