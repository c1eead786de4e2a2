"""`sanji up`, `sanji down`, `sanji status`."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from deploy.local.data_directory import DataDirectory, default_data
from deploy.local.errors import StackError
from deploy.local.identity import Process
from deploy.local.tiers import FIRST_PORT, TIERS

_STOPS_WITHIN = 60.0  # seconds; a stop takes about ten at most
Command = Callable[..., Any]


def data_option(command: Command) -> Command:
    """`--data DIR`, the same on every command."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=default_data,
        show_default="$SANJI_DATA, else /var/lib/sanji for root, else ~/.local/state/sanji",
        help="Data directory of the stack.",
    )(command)


def address_options(command: Command) -> Command:
    """`--host` and `--port`, the same on `up` and `demo`."""
    port = click.option(
        "--port", default=FIRST_PORT, show_default=True, help="County's port; township +1, branch +2."
    )
    host = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
    return host(port(command))


@click.command()
@data_option
@address_options
def up(data: Path, host: str, port: int) -> None:
    """Start the three tiers and keep them running until Ctrl-C.

    PostgreSQL and Redis are brought along; SANJI_DATABASE_URL (an administrator's address of a PostgreSQL
    ≥ 15) and SANJI_REDIS_URL (Redis or Valkey ≥ 7) use servers that are already there instead. A second
    start on the same data directory goes on where the first stopped.
    """
    from deploy.local.interruption import interruptible
    from deploy.local.stack import Stack

    stack = Stack(data, host=host, port=port)
    with interruptible(stack), stack:
        stack.start(click.echo)
        for tier in TIERS:
            click.echo(f"{tier:9} {stack.urls[tier]}")
        click.echo(f"data in {stack.data.path}; Ctrl-C ends")
        while True:
            signal.pause()


@click.command()
@data_option
def down(data: Path) -> None:
    """Stop what `sanji up` or `sanji demo` started on a data directory."""
    from deploy.local import state

    directory = DataDirectory(data)
    found = state.read(directory.state)
    if found is None:
        click.echo(f"nothing is running on {directory.path}")
        return
    if not found.supervisor.alive():
        ended = state.end_leftovers(found)
        click.echo(f"the supervisor was gone already; ended what it left: {', '.join(ended) or 'nothing'}")
        return
    click.echo(f"stopping process {found.pid} …")
    if not _stop(found.supervisor):
        raise StackError(f"process {found.pid} is still stopping after {_STOPS_WITHIN:.0f} s; see its logs")
    click.echo("stopped")


def _stop(supervisor: Process) -> bool:
    try:
        os.kill(supervisor.pid, signal.SIGTERM)
    except PermissionError:
        raise StackError(f"process {supervisor.pid} belongs to another user") from None
    except ProcessLookupError:
        return True
    return supervisor.wait(_STOPS_WITHIN)


@click.command()
@data_option
def status(data: Path) -> None:
    """Show the addresses and processes of a running stack."""
    from deploy.local import state

    found = state.running(data)
    for tier, url in found.urls.items():
        click.echo(f"{tier:9} {url}")
    click.echo(f"\n{'process':18} {'pid':>8} {'restarts':>8}")
    click.echo(f"{'supervisor':18} {found.pid:>8}")
    for name, row in found.processes.items():
        gone = "" if row.process.alive() else "  (restarting)"
        click.echo(f"{name:18} {row.pid:>8} {row.restarts:>8}{gone}")
