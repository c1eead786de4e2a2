"""Bringing a tier's database to the newest version: Alembic for the tables, then declared protection."""

import time
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, Engine, MetaData, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from shared.kit.db import secure
from shared.kit.settings import SettingsError

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('sanji migrate'))")


# Whoever works meanwhile has the right of way: a lock that is not had at once is asked for again with nothing
# held. Shorter than PostgreSQL's deadlock_timeout (1 s): a deadlock ends here, never in somebody's request.
GIVE_WAY = text("SELECT set_config('lock_timeout', '800ms', true)")
TRIES = 200
_TAKEN = ("55P03", "40P01")


def migrate(owner_url: str, tier: str, metadatas: Sequence[MetaData], revision: str = "head") -> None:
    """Upgrade as the owner role and apply each table's declared protection; safe to repeat and to race."""
    if not owner_url:
        raise SettingsError(f"set SANJI_{tier.upper()}_OWNER_DATABASE_URL: only the owner may migrate")
    engine = create_engine(owner_url, poolclass=NullPool)
    for attempt in range(TRIES):
        try:
            _upgrade(engine, tier, metadatas, revision)
            break
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in _TAKEN or attempt == TRIES - 1:
                raise
        time.sleep(0.5)
    engine.dispose()


def _upgrade(engine: Engine, tier: str, metadatas: Sequence[MetaData], revision: str) -> None:
    """One try: all of it or nothing."""
    with engine.begin() as connection:
        connection.execute(ONE_AT_A_TIME)
        connection.execute(GIVE_WAY)
        config = alembic_config(tier)
        config.attributes.update(connection=connection, metadatas=list(metadatas))
        command.upgrade(config, revision)
        if revision == "head":
            secure(connection, metadatas, tier)
            _show_version(connection, tier)


def _show_version(connection: Connection, tier: str) -> None:
    """The application may read which version this is: `/ready` compares it with the code's."""
    statement = sql.SQL("GRANT SELECT ON alembic_version TO {}").format(sql.Identifier(f"{tier}_app"))
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute(statement)


def alembic_config(tier: str) -> Config:
    """Alembic's configuration for one tier: its migrations stand in services/<tier>/migrations."""
    config = Config()
    config.set_main_option("script_location", str(files(f"services.{tier}") / "migrations"))
    return config


def run_environment() -> None:
    """What every tier's migrations/env.py does: run on the connection handed in."""
    attributes: dict[str, Any] = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        target_metadata=attributes["metadatas"],
        compare_type=True,
        include_object=_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


def _ours(_object: Any, name: str | None, kind: str, _reflected: bool, _against: Any) -> bool:
    return not (kind == "table" and name == "alembic_version")


def at_head(owner_url: str, tier: str) -> bool:
    """Whether the database is at the newest revision."""
    engine = create_engine(owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    engine.dispose()
    return set(current) == set(ScriptDirectory.from_config(alembic_config(tier)).get_heads())
