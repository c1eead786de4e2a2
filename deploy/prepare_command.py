"""`sanji prepare`: roles, database and secrets of one tier, for servers that are run by somebody else.

What `sanji up` does on one machine, for systemd, containers and Kubernetes: the settings come out as files,
one each, for `…_FILE`. Those that only `migrate` and the backup need stand apart.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from deploy.local.tiers import TIERS

if TYPE_CHECKING:
    from deploy.local.databases import DatabaseUrls

RUN = (
    *("database_url", "ingest_database_url", "redis_url"),
    *("secret_key", "queue_key", "data_keys", "metrics_token"),
)
OWNER = ("owner_database_url",)
_URLS = {"app": "database_url", "ingest": "ingest_database_url", "owner": "owner_database_url"}


@click.command()
@click.option("--tier", type=click.Choice(TIERS), required=True, help="Which tier.")
@click.option(
    "--database-url",
    envvar="SANJI_DATABASE_URL",
    required=True,
    help="An administrator's address of PostgreSQL ≥ 15.",
)
@click.option("--database-password-file", type=click.Path(path_type=Path, exists=True), help="Its password.")
@click.option("--redis-url", envvar="SANJI_REDIS_URL", required=True, help="A Redis of this tier's own.")
@click.option("--redis-password-file", type=click.Path(path_type=Path, exists=True), help="Its password.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to fill."
)
def prepare(
    tier: str,
    database_url: str,
    database_password_file: Path | None,
    redis_url: str,
    redis_password_file: Path | None,
    out: Path,
) -> None:
    """Make the roles and the database of one tier and write its secrets, a file each, into OUT.

    OUT/run is for web server, worker and timer, OUT/owner for `migrate` and the backup. A second run changes
    nothing: what is there is kept.
    """
    urls = _provide(tier, _with_password(database_url, database_password_file), out)
    for folder in (out / "run", out / "owner"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    values = {
        **{name: getattr(urls, role) for role, name in _URLS.items()},
        "redis_url": _redis(redis_url, redis_password_file),
        **{name: secrets.token_urlsafe(32) for name in RUN[3:]},
    }
    made = [name for name, value in values.items() if _keep(out, name, value)]
    click.echo(f"{tier}: {', '.join(made) if made else 'nothing'} written to {out}; the rest was there")


def _place(out: Path, name: str) -> Path:
    return out / ("owner" if name in OWNER else "run") / name


def _keep(out: Path, name: str, value: str) -> bool:
    """Write a value unless there is one."""
    from deploy.local.secret_values import write_private

    path = _place(out, name)
    if path.exists():
        return False
    write_private(path, value.encode())
    return True


def _provide(tier: str, admin: str, out: Path) -> DatabaseUrls:
    import psycopg
    from sqlalchemy.engine import make_url

    from deploy.local.databases import connect, provision

    known = {role: _place(out, name) for role, name in _URLS.items()}
    passwords = {
        role: str(make_url(path.read_text()).password) if path.exists() else secrets.token_urlsafe(32)
        for role, path in known.items()
    }
    try:
        urls = provision(admin, tier, passwords, f"sanji_{tier}")
    except psycopg.OperationalError as error:
        raise click.ClickException(f"PostgreSQL: {str(error).splitlines()[0]}") from error
    try:
        for url in urls:
            connect(url).close()
    except psycopg.OperationalError as error:
        raise click.ClickException(
            f"the roles of the {tier} exist already, with passwords that {out} does not hold:"
            " restore that folder from its backup, or set the roles' passwords anew"
        ) from error
    return urls


def _with_password(url: str, file: Path | None) -> str:
    from sqlalchemy.engine import make_url

    told = make_url(url)
    if file is not None:
        told = told.set(password=file.read_text().strip())
    return told.render_as_string(hide_password=False)


def _redis(url: str, file: Path | None) -> str:
    if file is None:
        return url
    scheme, _, rest = url.partition("://")
    return f"{scheme}://:{quote(file.read_text().strip(), safe='')}@{rest.rpartition('@')[2]}"
