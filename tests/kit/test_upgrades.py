"""A database of the first version, with rows in it, is brought to the newest one."""

from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from services.branch.tables import METADATAS
from shared.kit.migrations import at_head, migrate
from tests.servers import Servers

UNIT = (
    "INSERT INTO unit (id, code, name, level, kind, path) VALUES (:id, 'c', '村', 'branch', 'village', 'c.')"
)
MEMBER = (
    "INSERT INTO member (unit_id, id, number, name, status, field, post, roles, exempt, floating, since,"
    " left_why, version, changed_at)"
    " VALUES (:unit, :id, '0001', '甲', 'full', 'rural', '', '{}', false, false, '2020-01-01', '', 1, now())"
)


def test_branches_and_members_of_the_first_version_stand_under_no_general_branch_and_in_no_group(
    servers: Servers,
) -> None:
    owner = servers.database_urls("branch", "upgraded").owner
    migrate(owner, "branch", METADATAS, "0001")
    engine = create_engine(owner, poolclass=NullPool)
    unit, member = uuid4(), uuid4()
    with engine.begin() as connection:
        connection.execute(text(UNIT), {"id": unit})
        connection.execute(text(MEMBER), {"unit": unit, "id": member})
    migrate(owner, "branch", METADATAS)
    assert at_head(owner, "branch")
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.all', 'on', true)"))
        assert connection.execute(text("SELECT general_id FROM unit")).one() == (None,)
        assert connection.execute(text("SELECT name, party_group FROM member")).one() == ("甲", "")
    engine.dispose()


POLICIES = "SELECT oid FROM pg_policy ORDER BY oid"
DRIFTED = (
    "ALTER POLICY scope ON unit USING (true)",
    "ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY",
    "GRANT TRUNCATE ON audit_event TO branch_app",
    "REVOKE INSERT ON inbox FROM branch_ingest",
)


def test_migrating_again_touches_no_table_that_is_protected_and_mends_what_drifted(servers: Servers) -> None:
    owner = servers.database_urls("branch", "drifted").owner
    migrate(owner, "branch", METADATAS)
    engine = create_engine(owner, poolclass=NullPool)

    def asked(statement: str) -> list[object]:
        with engine.connect() as connection:
            return list(connection.execute(text(statement)).scalars())

    before = asked(POLICIES)
    migrate(owner, "branch", METADATAS)
    assert asked(POLICIES) == before
    with engine.begin() as connection:
        for statement in DRIFTED:
            connection.execute(text(statement))
    migrate(owner, "branch", METADATAS)
    after = asked(POLICIES)
    assert len(after) == len(before)
    assert len(set(before) - set(after)) == 4  # made anew where it drifted, and nowhere else
    told = "SELECT has_table_privilege('branch_app', 'audit_event', 'TRUNCATE')"
    assert asked(told) == [False]
    assert asked("SELECT has_table_privilege('branch_ingest', 'inbox', 'INSERT')") == [True]
    assert asked("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'outbox'") == [True]
    assert "true" not in asked("SELECT qual FROM pg_policies WHERE tablename = 'unit'")
    engine.dispose()
