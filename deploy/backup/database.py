"""Reading a tier's database into a dump and putting one in its place, with PostgreSQL's own programs."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from psycopg import sql
from sqlalchemy.engine import make_url

from deploy.local import postgres
from deploy.local.databases import connect
from deploy.local.errors import StackError


def node_and_revision(owner_url: str) -> tuple[str, str]:
    """The node whose database this is, and its version; "" for what is not there yet."""
    with connect(owner_url) as session:
        return (
            _only(session, "peer", "SELECT node_id::text FROM peer WHERE relation = 'self'"),
            _only(session, "alembic_version", "SELECT version_num FROM alembic_version"),
        )


def _only(session: object, table: str, query: str) -> str:
    if session.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):  # type: ignore[attr-defined]
        return ""
    row = session.execute(query).fetchone()  # type: ignore[attr-defined]
    return str(row[0]) if row else ""


def in_use(owner_url: str, tier: str) -> int:
    """How many connections the tier's processes have open on it."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = ANY(%s)"
    with connect(owner_url) as session:
        row = session.execute(query, [[f"{tier}_app", f"{tier}_ingest"]]).fetchone()
    return int(row[0]) if row else 0


def is_offered(owner_url: str) -> bool:
    """Whether a province reads from it: that is made anew after a restore."""
    with connect(owner_url) as session:
        return session.execute("SELECT to_regclass('report.village')").fetchone() != (None,)


def dump(owner_url: str, target: Path) -> None:
    """One consistent view of the database, while its tier goes on working. StackError with its reason."""
    # What a county offers to a province is made of the rest, and its readers are the province's.
    _run("pg_dump", owner_url, ["--format=custom", "--exclude-schema=report", f"--file={target}"])


def load(owner_url: str, tier: str, source: Path) -> None:
    """Put a dump in the place of what is there: all of it or nothing. StackError with its reason."""
    programs = postgres.packaged_programs() / "bin"
    reading = [programs / "pg_restore", "--no-owner", "--file=-", source]
    writing = [programs / "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    with (
        subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as script,
        subprocess.Popen(
            [*writing, "--file=-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=_connection(owner_url),
        ) as database,
    ):
        assert script.stdout and script.stderr and database.stdin and database.stderr
        with suppress(BrokenPipeError):
            database.stdin.write(_emptied(tier).encode())
            while piece := script.stdout.read(1 << 20):
                database.stdin.write(piece)
            # A script cut off must not be committed: what is not SQL ends the transaction.
            database.stdin.write(b"" if script.wait() == 0 else b"\nthe dump could not be read;\n")
            database.stdin.write(_afterwards().encode())
        with suppress(BrokenPipeError):
            database.stdin.close()
        script.stdout.close()
        said = script.stderr.read() + database.stderr.read()
    if script.returncode or database.returncode:
        raise StackError(f"nothing was changed: {_first_error(said)}")


def _emptied(tier: str) -> str:
    app, ingest = (sql.Identifier(f"{tier}_{role}") for role in ("app", "ingest"))
    statement = sql.SQL(
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public; REVOKE ALL ON SCHEMA public FROM PUBLIC;"
        " GRANT USAGE ON SCHEMA public TO {}, {};\n"
    )
    return statement.format(app, ingest).as_string(None)


def _afterwards() -> str:
    """The node notices that it was restored, on the same server too; who was signed in signs in again."""
    mark = f"restored/{uuid4().hex}"
    return (
        f"\nUPDATE public.peer SET cluster = '{mark}' WHERE relation = 'self';\n"
        "DELETE FROM public.login_session;\n"
    )


def _connection(url: str) -> dict[str, str]:
    """For PostgreSQL's programs, so that no password stands on a command line."""
    given = make_url(url)
    asked = {name: value for name, value in given.query.items() if isinstance(value, str)}
    told = {
        "PGHOST": given.host or asked.get("host"),
        "PGPORT": given.port or asked.get("port"),
        "PGUSER": given.username,
        "PGPASSWORD": given.password,
        "PGDATABASE": given.database,
        "PGSSLMODE": asked.get("sslmode"),
        "PGSSLROOTCERT": asked.get("sslrootcert"),
        "PGSSLCERT": asked.get("sslcert"),
        "PGSSLKEY": asked.get("sslkey"),
    }
    return {"PATH": "/usr/bin:/bin", **{name: str(value) for name, value in told.items() if value}}


def _run(name: str, owner_url: str, arguments: list[str]) -> None:
    command: list[str | Path] = [postgres.packaged_programs() / "bin" / name, *arguments]
    environment: Mapping[str, str] = _connection(owner_url)
    done = subprocess.run(command, env=dict(environment), capture_output=True, check=False)
    if done.returncode:
        raise StackError(f"{name}: {_first_error(done.stderr)}")


def _first_error(said: bytes) -> str:
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    return next((line for line in lines if "error" in line.lower()), lines[0] if lines else "no reason given")
