"""The coordinator's side: every county a server, its view a partition of one table."""

import re

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from deploy.local.errors import StackError

TABLE = "village_result"
_COLUMNS = (
    "county_code text NOT NULL, year int, village_code text, village_name text, score bigint, rank int,"
    " tier int, rulebook_hash text, synthetic boolean"
)
_CODE = re.compile(r"[0-9]{6,12}")
# Read only and bounded at the county too; the answers of several counties are waited for at once.
_SESSION = "-c default_transaction_read_only=on -c statement_timeout=30s"


def join(coordinator: psycopg.Connection, code: str, url: str) -> None:
    """Make the county `code`, read at `url`, part of the table; again: at its new address.

    `coordinator` commits by itself and may create extensions. StackError for a code that is none.
    """
    if not _CODE.fullmatch(code):
        raise StackError(f"a county's code is 6 to 12 digits, not {code!r}")
    coordinator.execute("CREATE EXTENSION IF NOT EXISTS postgres_fdw")
    columns = sql.SQL(_COLUMNS)
    parent = sql.SQL("CREATE TABLE IF NOT EXISTS {} ({}) PARTITION BY LIST (county_code)")
    coordinator.execute(parent.format(sql.Identifier(TABLE), columns))
    leave(coordinator, code)
    told = make_url(url)
    server, leaf = sql.Identifier(f"county_{code}"), sql.Identifier(leaf_of(code))
    options = {
        "host": str(told.query.get("host") or told.host),
        "port": str(told.port or told.query.get("port") or 5432),
        "dbname": str(told.database),
        "connect_timeout": "3",
        "options": _SESSION,
        "async_capable": "true",
        "fetch_size": "10000",
        # Asked for its own estimate, or the plan fetches every village to count it here.
        "use_remote_estimate": "true",
    }
    make = sql.SQL("CREATE SERVER {} FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({})")
    coordinator.execute(make.format(server, _options(options)))
    who = _options({"user": str(told.username), "password": str(told.password)})
    mapping = sql.SQL("CREATE USER MAPPING FOR CURRENT_USER SERVER {} OPTIONS ({})")
    coordinator.execute(mapping.format(server, who))
    part = sql.SQL("CREATE FOREIGN TABLE {} PARTITION OF {} FOR VALUES IN ({}) SERVER {} OPTIONS ({})")
    view = _options({"schema_name": "report", "table_name": "village"})
    coordinator.execute(part.format(leaf, sql.Identifier(TABLE), sql.Literal(code), server, view))


def leave(coordinator: psycopg.Connection, code: str) -> None:
    """Forget a county; nothing of it was ever kept."""
    drop = sql.SQL("DROP SERVER IF EXISTS {} CASCADE").format(sql.Identifier(f"county_{code}"))
    coordinator.execute("SET client_min_messages = warning")
    coordinator.execute(drop)


def leaf_of(code: str) -> str:
    """The name of a county's partition."""
    return f"{TABLE}_{code}"


def _options(given: dict[str, str]) -> sql.Composed:
    pairs = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.Literal(value)) for name, value in given.items()
    ]
    return sql.SQL(", ").join(pairs)
