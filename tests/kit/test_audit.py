"""The audit chain verifies from the first row, and names the first row that was touched (I5)."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from shared.kit import audit
from shared.kit.scope import EVERYTHING
from tests.county import County

AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def sealed(county: County):
    """The branch's database with three more events, sealed."""
    database = county.tiers.branch.database
    with database.transaction(EVERYTHING) as session:
        for number in range(3):
            audit.record(session, AT, None, uuid4(), "test", str(number), number=number)
    with database.transaction(EVERYTHING) as session:
        audit.seal(session)
    return database


def test_a_whole_chain_verifies(sealed) -> None:
    with sealed.transaction(EVERYTHING) as session:
        assert audit.verify(session) is None


def test_sealing_twice_seals_once(sealed) -> None:
    with sealed.transaction(EVERYTHING) as session:
        assert audit.seal(session) == 0


def test_the_application_can_neither_change_nor_delete_an_event(sealed) -> None:
    for statement in ("UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            sealed.transaction(EVERYTHING) as session,
        ):
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("tamper", "word"),
    [
        (
            "UPDATE audit_event SET action = 'x' WHERE id = (SELECT max(id) FROM audit_event)",
            "does not match",
        ),
        ("DELETE FROM audit_event WHERE id = (SELECT max(id) FROM audit_event)", "is missing"),
        ("DELETE FROM audit_seal WHERE seq = 1", "seal 1 is missing"),
    ],
)
def test_tampering_as_superuser_is_named(county: County, sealed, tamper: str, word: str) -> None:
    engine = create_engine(county.settings["branch"].owner_database_url, poolclass=NullPool)
    with engine.connect() as connection:
        transaction = connection.begin()
        connection.execute(text(tamper))
        from sqlalchemy.orm import Session

        with Session(connection) as session:
            found = audit.verify(session)
        transaction.rollback()
    engine.dispose()
    assert found is not None
    assert word in found
