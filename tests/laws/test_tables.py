"""Laws over every table of every tier: declared protection is what the database enforces."""

from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from shared.kit.migrations import alembic_config, at_head, migrate
from tests.servers import Servers

TIERS = ("branch", "township", "county")
PROTECTION = text(
    "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,"
    " EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polwithcheck IS NOT NULL)"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> 'alembic_version'"
)
GRANTS = text(
    "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = :role"
)


def metadatas(tier: str):
    return import_module(f"services.{tier}.tables").METADATAS


def tables(tier: str):
    return {table.name: table for metadata in metadatas(tier) for table in metadata.sorted_tables}


@pytest.fixture(scope="module", params=TIERS)
def migrated(request, servers: Servers):
    """One freshly migrated database of a tier: (tier, connection as its owner)."""
    tier = request.param
    urls = servers.database_urls(tier, "laws")
    migrate(urls.owner, tier, metadatas(tier))
    engine = create_engine(urls.owner, poolclass=NullPool)
    with engine.connect() as connection:
        yield tier, connection, urls
    engine.dispose()


def test_every_table_is_scoped_or_on_the_written_exception_list(migrated) -> None:
    tier, connection, _urls = migrated
    declared = tables(tier)
    found = {row[0]: row[1:] for row in connection.execute(PROTECTION)}
    assert set(found) == set(declared)
    for name, (enabled, forced, checked) in found.items():
        info = declared[name].info
        if info["scope"] is None:
            assert len(info["why"]) > 20, f"{name} is outside row-level security without a reason"
        else:
            assert (enabled, forced, checked) == (True, True, True), name


def test_the_application_role_holds_no_more_than_declared(migrated) -> None:
    tier, connection, _urls = migrated
    for role, key in ((f"{tier}_app", "app"), (f"{tier}_ingest", "ingest")):
        granted: dict[str, set[str]] = {}
        for table, privilege in connection.execute(GRANTS, {"role": role}):
            granted.setdefault(table, set()).add(privilege)
        for name, table in tables(tier).items():
            default = ("SELECT", "INSERT", "UPDATE", "DELETE") if key == "app" else ()
            assert granted.get(name, set()) == set(table.info.get(key) or default), (role, name)


def test_neither_web_nor_ingest_role_owns_anything(migrated) -> None:
    tier, connection, _urls = migrated
    owners = {
        row[0]
        for row in connection.execute(text("SELECT tableowner FROM pg_tables WHERE schemaname = 'public'"))
    }
    assert owners == {f"{tier}_owner"}


def test_migrations_give_exactly_the_models(migrated) -> None:
    tier, connection, _urls = migrated
    context = MigrationContext.configure(
        connection, opts={"include_object": lambda _o, name, kind, *_: name != "alembic_version"}
    )
    assert compare_metadata(context, list(metadatas(tier))) == []


def test_migrations_have_one_head_and_can_be_taken_back(migrated, servers: Servers) -> None:
    tier, _connection, urls = migrated
    assert len(ScriptDirectory.from_config(alembic_config(tier)).get_heads()) == 1
    assert at_head(urls.owner, tier)
    other = servers.database_urls(tier, "laws_back")
    migrate(other.owner, tier, metadatas(tier))
    from alembic import command

    engine = create_engine(other.owner, poolclass=NullPool)
    with engine.begin() as connection:
        config = alembic_config(tier)
        config.attributes.update(connection=connection, metadatas=list(metadatas(tier)))
        command.downgrade(config, "base")
        left = connection.execute(PROTECTION).all()
    assert left == []
    migrate(other.owner, tier, metadatas(tier))
    engine.dispose()
