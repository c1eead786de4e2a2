"""Roles and databases of the tiers on a PostgreSQL server, made where missing."""

from collections.abc import Mapping
from typing import NamedTuple

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from deploy.local.errors import StackError
from deploy.local.tiers import ROLES

OLDEST_POSTGRES = 15
_ATTRIBUTES = {
    "app": sql.SQL("LOGIN NOSUPERUSER NOBYPASSRLS"),
    "ingest": sql.SQL("LOGIN NOSUPERUSER BYPASSRLS"),
    "owner": sql.SQL("LOGIN NOSUPERUSER BYPASSRLS"),
}
_BUILTIN_LOCALE_SINCE = 17


class DatabaseUrls(NamedTuple):
    """SQLAlchemy addresses of one database, by role."""

    app: str
    ingest: str
    owner: str


def database_urls(admin_url: str, tier: str, passwords: Mapping[str, str], database: str) -> DatabaseUrls:
    """The addresses of a tier's three roles on the server of `admin_url`."""
    server = make_url(admin_url).set(drivername="postgresql+psycopg", database=database)
    made = (server.set(username=f"{tier}_{role}", password=passwords[role]) for role in ROLES)
    return DatabaseUrls(*(url.render_as_string(hide_password=False) for url in made))


def connect(url: str) -> psycopg.Connection:
    """A plain connection to a SQLAlchemy address, every statement committed at once."""
    bare = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(bare, autocommit=True, connect_timeout=5)


def require_version(found: int) -> None:
    """Raise StackError unless the server is new enough; `found` as `server_version_num`, e.g. 180006."""
    if found // 10000 < OLDEST_POSTGRES:
        raise StackError(f"PostgreSQL {found // 10000} is too old; Sanji needs {OLDEST_POSTGRES} or newer")


def provision(admin_url: str, tier: str, passwords: Mapping[str, str], database: str) -> DatabaseUrls:
    """Make a tier's roles and database where missing, close the database to others; give its addresses.

    Raises StackError, before anything is made, when the database is there and belongs to somebody else.
    """
    with connect(admin_url) as server:
        require_version(server.info.server_version)
        _require_owner(server, database, f"{tier}_owner")
        for role in ROLES:
            _make_role(server, f"{tier}_{role}", _ATTRIBUTES[role], passwords[role])
        _make_database(server, database, f"{tier}_owner")
        _close_database(server, tier, database)
    inside = make_url(admin_url).set(database=database)
    with connect(inside.render_as_string(hide_password=False)) as server:
        _close_schema(server, tier)
    return database_urls(admin_url, tier, passwords, database)


def _require_owner(server: psycopg.Connection, database: str, owner: str) -> None:
    found = server.execute(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [database]
    ).fetchone()
    if found and found[0] != owner:
        raise StackError(
            f"the database {database} is there already and belongs to {found[0]}, not to {owner}:"
            " rename it, or drop it if nobody needs it"
        )


def _make_role(server: psycopg.Connection, name: str, attributes: sql.SQL, password: str) -> None:
    if server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
        return
    # CREATE ROLE takes no parameters, so the password is quoted by psycopg.
    make = sql.SQL("CREATE ROLE {} {} PASSWORD {}")
    server.execute(make.format(sql.Identifier(name), attributes, sql.Literal(password)))


def _make_database(server: psycopg.Connection, name: str, owner: str) -> None:
    if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        return
    superuser = server.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if not (superuser and superuser[0]):  # who is no superuser must belong to the owner it names
        server.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner)))
    # One order of text on every machine: by code point, whatever the C library says.
    builtin = server.info.server_version // 10000 >= _BUILTIN_LOCALE_SINCE
    locale = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'" if builtin else "LOCALE 'C'"
    make = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' " + locale)
    server.execute(make.format(sql.Identifier(name), sql.Identifier(owner)))


def _close_database(server: psycopg.Connection, tier: str, database: str) -> None:
    name, app, ingest = map(sql.Identifier, (database, f"{tier}_app", f"{tier}_ingest"))
    server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    server.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}, {}").format(name, app, ingest))


def _close_schema(server: psycopg.Connection, tier: str) -> None:
    owner, app, ingest = (sql.Identifier(f"{tier}_{role}") for role in ("owner", "app", "ingest"))
    server.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner))
    server.execute(sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"))
    server.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}, {}").format(app, ingest))
