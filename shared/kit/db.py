"""Databases, transactions, and what each role may do: one commit per request or job, here."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    LargeBinary,
    MetaData,
    Select,
    SQLColumnExpression,
    Table,
    TextClause,
    any_,
    bindparam,
    create_engine,
    event,
    inspect,
    literal,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import UserDefinedType

from shared.kit.scope import Scope, bind_scope, policy

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


# Every moment is stored with its zone.
TYPES: dict[Any, Any] = {datetime: DateTime(timezone=True)}


class Base(DeclarativeBase):
    """Tables every tier has: units, accounts, sessions, audit, streams."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = TYPES


class Database:
    """One tier's database, reached by the application role and by the insert-only ingest role."""

    def __init__(self, url: str, ingest_url: str, *, pool_size: int = 5) -> None:
        self.engine = _engine(url, pool_size)
        self.ingest_engine = _engine(ingest_url, pool_size)

    @contextmanager
    def transaction(self, scope: Scope) -> Iterator[Session]:
        """A session under `scope`; commits at the end, rolls back on any error."""
        with Session(self.engine, expire_on_commit=False) as session:
            bind_scope(session, scope)
            with session.begin():
                yield session

    @contextmanager
    def ingest(self) -> Iterator[Session]:
        """A session of the ingest role: it may insert received rows of any unit and read no projection."""
        with Session(self.ingest_engine, expire_on_commit=False) as session, session.begin():
            yield session

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
        self.ingest_engine.dispose()


def _engine(url: str, pool_size: int) -> Engine:
    return create_engine(
        url,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=10,
        pool_pre_ping=True,
        hide_parameters=True,
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
    )


def after_commit(session: Session, key: str, action: Callable[[], None]) -> None:
    """Run `action` once this transaction has committed; the same `key` rings only once."""
    pending: dict[str, Callable[[], None]] = session.info.setdefault("after_commit", {})
    if not pending:
        event.listen(session, "after_commit", _run_pending)
        event.listen(session, "after_rollback", _drop_pending)
    pending[key] = action


def _run_pending(session: Session) -> None:
    pending = dict(session.info.get("after_commit", {}))
    session.info.get("after_commit", {}).clear()
    for action in pending.values():
        action()


def _drop_pending(session: Session) -> None:
    session.info.get("after_commit", {}).clear()


_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_SHARED_TURN = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:key, 0))")


def take_turn(session: Session, key: str) -> None:
    """Whoever else names the same key waits here until we commit, or roll back."""
    session.connection().execute(_TURN, {"key": key})


def share_turn(session: Session, key: str) -> None:
    """Whoever takes this turn waits until we commit, and we for them; those who share it do not wait."""
    session.connection().execute(_SHARED_TURN, {"key": key})


class Ids(UserDefinedType[Collection[UUID]]):
    """A list of ids as one text: the driver would look at each of them for what has to be quoted."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_given: Any) -> str:
        """The type's name."""
        return "UUID[]"

    def bind_processor(self, dialect: Dialect) -> Callable[[Collection[UUID] | None], str | None]:
        """Ids as PostgreSQL reads an array."""
        return lambda ids: None if ids is None else "{" + ",".join(map(str, ids)) + "}"


def ids_given(name: str) -> BindParameter[Any]:
    """A parameter for a list of ids, for statements built once: `column == any_(ids_given("ids"))`."""
    return bindparam(name, type_=Ids())


def among(column: SQLColumnExpression[UUID], ids: Collection[UUID]) -> ColumnElement[bool]:
    """`column` is one of these: one parameter however many there are, so the statement stays prepared."""
    return column == any_(literal(ids, Ids()))


def read_rows(session: Session, query: Select[Any], values: Mapping[str, Any]) -> CursorResult[Any]:
    """Columns read past the ORM, at two thirds of its price, with what is pending written first.

    For statements built once and asked with every claim filed or month closed.
    """
    session.flush()
    return session.connection().execute(query, values)


def insert_rows(
    session: Session,
    model: type[Any] | Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    same: Mapping[str, Any] | None = None,
    once: str = "",
    newest: tuple[str, ...] = (),
) -> None:
    """Insert many rows in one statement: one round trip, and row-level security looks at the scope once.

    `rows` are by column name, all with the same columns; `same` are columns with one value for every row. A
    column left out gets its model's plain default.
    A row whose unique column `once` is there already changes nothing; one of the same key `newest` takes the
    place of what was there (each key once among the rows).
    COPY is faster still, but PostgreSQL refuses it under row-level security.
    """
    if not rows:
        return
    table: Table = model if isinstance(model, Table) else inspect(model).local_table
    same = same or {}
    statement, plain, binary = _recordset(table, tuple(rows[0]), tuple(same), once, newest)
    given = rows
    if binary:
        given = [{**row, **{name: "\\x" + row[name].hex() for name in binary if row[name]}} for row in given]
    session.connection().execute(statement, {"rows": msgspec.json.encode(given).decode(), **plain, **same})


@cache
def _recordset(
    table: Table, names: tuple[str, ...], same: tuple[str, ...], once: str, newest: tuple[str, ...]
) -> tuple[TextClause, dict[str, Any], list[str]]:
    """The statement for these columns, the plain defaults of the others, and which columns hold bytes."""
    plain = {
        one.name: one.default.arg
        for one in table.columns
        if one.name not in names + same and isinstance(one.default, ScalarElementColumnDefault)
    }
    given = (*same, *plain)
    columns = [table.columns[name] for name in names]
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    into = ", ".join(f'"{name}"' for name in (*names, *given))
    typed = ", ".join(f'"{one.name}" {one.type.compile(dialect)}' for one in columns)
    chosen = [
        *(f'"{name}"' for name in names),
        *(f"CAST(:{name} AS {table.columns[name].type.compile(dialect)})" for name in given),
    ]
    replaced = ", ".join(f'"{name}" = excluded."{name}"' for name in (*names, *same) if name not in newest)
    statement = text(
        f'INSERT INTO "{table.name}" ({into}) SELECT {", ".join(chosen)}'  # noqa: S608 — from the models
        f" FROM json_to_recordset(CAST(:rows AS json)) AS given({typed})"
        + (f' ON CONFLICT ("{once}") DO NOTHING' if once else "")
        + (f" ON CONFLICT ({', '.join(newest)}) DO UPDATE SET {replaced}" if newest else "")
    )
    return statement, plain, [one.name for one in columns if isinstance(one.type, LargeBinary)]


ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")


def secure(connection: Connection, metadatas: Iterable[MetaData], tier: str) -> None:
    """Apply each table's declared protection: forced row-level security, policy, grants.

    Runs as the owner after every migration; safe to repeat. Raises ValueError for an undeclared table.
    A table that is protected as declared is not touched: people work in it while a migration runs.
    """
    found = {row.name: row for row in connection.execute(_PROTECTION, {"tier": tier, "only": ""})}
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {tier}_app, {tier}_ingest"))
    for metadata in metadatas:
        for table in metadata.sorted_tables:
            if "scope" not in table.info:
                raise ValueError(f"table {table.name} declares no scope: use scoped(…) or open_table(why)")
            if not _is_secured(connection, table.name, dict(table.info), found.get(table.name)):
                _secure_table(connection, table.name, dict(table.info), tier)
    connection.execute(
        text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {tier}_app, {tier}_ingest")
    )


# Protection as the catalogue has it: flags, the one policy, and what the two roles may do.
_PROTECTION = text(
    "SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,"
    " ARRAY(SELECT concat_ws('|', p.polname, p.polcmd, p.polpermissive, p.polroles::text,"
    " pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))"
    " FROM pg_policy p WHERE p.polrelid = c.oid) AS policies,"
    " ARRAY(SELECT a.privilege_type FROM aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee"
    " WHERE r.rolname = :tier || '_app') AS app,"
    " ARRAY(SELECT a.privilege_type FROM aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee"
    " WHERE r.rolname = :tier || '_ingest') AS ingest, c.relrowsecurity AS guarded,"
    " EXISTS (SELECT 1 FROM pg_attribute t, aclexplode(t.attacl) a JOIN pg_roles r ON r.oid = a.grantee"
    " WHERE t.attrelid = c.oid AND r.rolname IN (:tier || '_app', :tier || '_ingest')) AS by_column"
    " FROM pg_class c WHERE c.relkind = 'r'"
    " AND c.relnamespace IN ('public'::regnamespace, pg_my_temp_schema())"
    " AND (:only = '' OR c.relname = :only)"
)
_TWIN = "sanji_twin"


def _is_secured(connection: Connection, table: str, info: dict[str, Any], found: Any) -> bool:
    """Whether a table has all of its declared protection and no more."""
    if (
        found is None
        or found.by_column
        or set(found.app) != set(info.get("app") or ALL)
        or set(found.ingest) != set(info["ingest"] or ())
    ):
        return False
    if not info["scope"]:
        return not found.policies and not found.guarded
    return bool(found.forced) and list(found.policies) == _policies_of_twin(connection, table, policy(info))


def _policies_of_twin(connection: Connection, table: str, condition: str) -> list[str]:
    """The declared policy as PostgreSQL writes it, made on an empty table of the same columns."""
    connection.execute(text(f"CREATE TEMPORARY TABLE {_TWIN} (LIKE {table}) ON COMMIT DROP"))
    connection.execute(text(f"CREATE POLICY scope ON {_TWIN} USING ({condition}) WITH CHECK ({condition})"))
    said = connection.execute(_PROTECTION, {"tier": "", "only": _TWIN}).one()
    connection.execute(text(f"DROP TABLE {_TWIN}"))
    return list(said.policies)


_POLICIES = text("SELECT quote_ident(polname) FROM pg_policy WHERE polrelid = to_regclass(:name)")


def _secure_table(connection: Connection, table: str, info: dict[str, Any], tier: str) -> None:
    app = info.get("app") or ALL
    stray = connection.scalars(
        text("SELECT quote_ident(polname) FROM pg_policy WHERE polrelid = to_regclass(:name)"),
        {"name": table},
    )
    statements = [
        *(f"DROP POLICY {name} ON {table}" for name in stray),
        f"REVOKE ALL ON {table} FROM {tier}_app, {tier}_ingest",
        f"GRANT {', '.join(app)} ON {table} TO {tier}_app",
    ]
    if info["ingest"]:
        statements.append(f"GRANT {', '.join(info['ingest'])} ON {table} TO {tier}_ingest")
    if info["scope"]:
        condition = policy(info)
        statements += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY scope ON {table} USING ({condition}) WITH CHECK ({condition})",
        ]
    else:
        statements.append(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
    for statement in statements:
        connection.execute(text(statement))
