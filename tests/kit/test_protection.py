"""What a migration mends of a table's protection: whatever differs from what is declared."""

import pytest
from sqlalchemy import create_engine, text

from services.township.tables import METADATAS
from shared.kit.db import secure
from shared.kit.migrations import migrate

STRAY = {
    "a column's grant": "GRANT UPDATE (name) ON unit TO township_app",
    "a table's grant": "GRANT DELETE ON audit_event TO township_app",
    "a grant taken": "REVOKE INSERT ON audit_event FROM township_app",
    "no row-level security": "ALTER TABLE audit_event DISABLE ROW LEVEL SECURITY",
    "another policy": "CREATE POLICY more ON audit_event USING (true)",
    "a policy that lets everything through": "ALTER POLICY scope ON audit_event USING (true)",
    "row-level security on an open table": "ALTER TABLE audit_seal ENABLE ROW LEVEL SECURITY",
}
_PROTECTION = (
    "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relacl::text,"
    " ARRAY(SELECT polname || pg_get_expr(polqual, polrelid) FROM pg_policy p WHERE polrelid = c.oid),"
    " ARRAY(SELECT attname || attacl::text FROM pg_attribute a WHERE attrelid = c.oid AND attacl <> '{}')"
    " FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
)


@pytest.fixture(scope="module")
def owner(servers):
    urls = servers.database_urls("township", "protection")
    migrate(urls.owner, "township", METADATAS)
    made = create_engine(urls.owner)
    yield made
    made.dispose()


@pytest.mark.parametrize("stray", STRAY.values(), ids=STRAY.keys())
def test_what_differs_is_as_declared_again(owner, stray):
    with owner.begin() as connection:
        before = connection.execute(text(_PROTECTION)).all()
        connection.execute(text(stray))
        assert connection.execute(text(_PROTECTION)).all() != before
        secure(connection, METADATAS, "township")
        after = connection.execute(text(_PROTECTION)).all()
    assert [sorted(map(str, row)) for row in after] == [sorted(map(str, row)) for row in before]
