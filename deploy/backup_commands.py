"""`sanji backup` and `sanji restore`: one tier's database in a file, and back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from deploy.backup import archive, database
from deploy.local.errors import StackError
from deploy.tier_access import tier_option


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@tier_option
def backup(file: Path, tier: str, data: Path) -> None:
    """Write a tier's database into FILE, while the tier goes on working.

    FILE holds personal data and is readable by its owner alone. The node's key is not in it: keep the key's
    file (SANJI_<TIER>_NODE_KEY_FILE) elsewhere. Redis holds nothing that has to be kept.
    """
    from shared.kit.clock import system_clock

    with _owner_url(tier, data) as url, archive.writing(file) as folder:
        node, revision = database.node_and_revision(url)
        if not revision:
            raise StackError(f"{tier}: there is no database of Sanji yet")
        made_at = system_clock().isoformat(timespec="seconds")
        database.dump(url, folder / "database.dump")
        about = archive.About(tier, node, made_at, revision, archive.digest(folder / "database.dump"))
        archive.pack(file, folder / "database.dump", about)
    click.echo(f"{tier}: {file.stat().st_size / 1e6:.1f} MB in {file}, version {revision}, read {made_at}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@tier_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, tier: str, data: Path, yes: bool) -> None:
    """Put a backup in the place of a tier's database; the tier's processes have to be stopped.

    All or nothing. At its next start the node compares every stream with the tier above and below and fetches
    what they hold; what never left this tier since the backup is lost. Audit events after the backup are
    reported by the tier above: `sanji audit verify`.
    """
    from shared.kit.revisions import Schema, revisions

    with TemporaryDirectory(prefix="sanji-restore-") as folder, _owner_url(tier, data, stopped=True) as url:
        about, dumped = archive.unpack(file, Path(folder))
        if about.tier != tier:
            raise StackError(f"{file} is a backup of a {about.tier}, not of a {tier}")
        if revisions(tier).stands([about.revision]) is Schema.AHEAD:
            raise StackError(
                f"{file} was made by a newer Sanji (version {about.revision}); install that first"
            )
        node, _revision = database.node_and_revision(url)
        if node and node != about.node:
            raise StackError(f"{file} is a backup of another node, {about.node}; here is {node}")
        if busy := database.in_use(url, tier):
            raise StackError(
                f"{tier}: {busy} connections are open; stop its web server, worker and timer first"
            )
        if not yes:
            click.confirm(f"Replace the {tier}'s database by the backup of {about.made_at}?", abort=True)
        offered = database.is_offered(url)
        database.load(url, tier, dumped)
        _migrate(tier, url)
    click.echo(
        f"{tier}: as it was at {about.made_at}; start it, and `sanji sync status` shows what comes back"
    )
    click.echo("the tier above will report its audit log as put back: go on there with `sanji audit accept`")
    if offered:
        click.echo("the province no longer reads from here: `sanji province offer` again")


def _migrate(tier: str, url: str) -> None:
    from shared.kit.migrations import migrate

    migrate(url, tier, import_module(f"services.{tier}.tables").METADATAS)


@contextmanager
def _owner_url(tier: str, data: Path, *, stopped: bool = False) -> Iterator[str]:
    """The owner's address: from the environment, or of the stack, whose databases are started for it."""
    from deploy.local import state
    from deploy.local.data_directory import DataDirectory
    from deploy.local.stack import Stack

    name = f"SANJI_{tier.upper()}_OWNER_DATABASE_URL"
    if name in os.environ:
        yield os.environ[name]
        return
    directory = DataDirectory(data)
    if not stopped and not directory.cluster.exists():
        raise StackError(f"there is no database in {data}; say where it is with --data, or set {name}")
    found = state.read(directory.state)
    if found is not None and found.supervisor.alive():
        if stopped:
            raise StackError(f"the stack on {data} is running; stop it first: sanji down --data {data}")
        yield state.environment(data, tier)[name]
        return
    with Stack(data, programs=(), migrations=()) as stack:
        stack.start()
        yield stack.environment(tier)[name]
