"""`sanji sync`: look at the streams between tiers, compare them with the parent, repair after a restore."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.tier_access import runtime_of, tier_option

if TYPE_CHECKING:
    from shared.sync.node import Node
    from shared.sync.reporting import StreamStatus

UNEQUAL = 1
"""Exit code of `reconcile` when a head differs from the parent's."""


@click.group()
def sync() -> None:
    """Show, reconcile and recover the streams between tiers.

    The tier's settings are taken from the environment (SANJI_<TIER>_…), else from the stack that runs on
    the data directory.
    """


@sync.command()
@tier_option
@click.option("--all", "everything", is_flag=True, help="Also streams with nothing to report.")
def status(tier: str, data: Path, everything: bool) -> None:
    """Show each stream as this tier knows it: its head, what waits, what was set aside."""
    from shared.sync import reporting

    with node_of(tier, data) as node:
        rows = reporting.status(node)
    _show(rows, everything)
    waiting, held = sum(row.lag for row in rows if row.side == "out"), sum(row.held for row in rows)
    quarantined = sum(row.quarantined for row in rows)
    click.echo(f"{len(rows)} streams; {waiting} to send, {held} held, {quarantined} quarantined")


@sync.command()
@tier_option
@click.option("--all", "everything", is_flag=True, help="Also streams that agree.")
def reconcile(tier: str, data: Path, everything: bool) -> None:
    """Compare heads with the parent: number and hash. Exit code 1 where they differ.

    The audit log's end goes up with them to be countersigned; `sanji audit verify` tells what came of it.
    """
    from shared.sync import anchoring, reporting

    with node_of(tier, data) as node:
        _need_parent(tier, reporting.has_parent(node))
        rows = reporting.reconcile(node)
        anchoring.anchor(node)
    compared = [row for row in rows if row.equal is not None]
    different = [row for row in compared if not row.equal]
    _show(compared if everything else different, everything=True)
    click.echo(f"{len(compared)} streams compared, {len(different)} differ")
    if different:
        raise click.exceptions.Exit(UNEQUAL)


@sync.command()
@tier_option
def recover(tier: str, data: Path) -> None:
    """Compare heads anew, fetch back what a restore lost here, send again what was lost there."""
    from shared.sync import reporting

    with node_of(tier, data) as node:
        _need_parent(tier, reporting.has_parent(node))
        progress = reporting.recover(node)
        rows = reporting.status(node)
    if progress.busy:
        raise click.ClickException("the tier's worker is at it right now; try again in a moment")
    click.echo(f"{progress.moved} envelopes moved{'; more waits, run it again' if progress.more else ''}")
    lost = [row for row in rows if row.unrebuilt]
    for row in lost:
        click.echo(f"{row.stream}: {row.unrebuilt} envelopes came back whose facts could not be rebuilt")


@sync.command()
@tier_option
def rotate(tier: str, data: Path) -> None:
    """Give this tier a new signing key and register it with the parent."""
    from shared.sync import rotation

    with node_of(tier, data) as node:
        key = rotation.rotate(node)
    click.echo(f"{tier} signs with key {key} from now on")


@sync.command()
@tier_option
@click.argument("stream")
@click.argument("number", type=int)
def release(tier: str, data: Path, stream: str, number: int) -> None:
    """Apply one quarantined envelope again, after what was wrong has been repaired."""
    from shared.sync import sweeping

    with node_of(tier, data) as node:
        still = sweeping.release(node, stream, number)
    if still is not None:
        raise click.ClickException(f"{stream} {number} still cannot be applied: {still}")
    click.echo(f"{stream} {number} is applied")


@contextmanager
def node_of(tier: str, data: Path) -> Iterator[Node]:
    """The tier's node, with the protocol's refusals as one line."""
    from shared.sync.refusal import SyncError

    with runtime_of(tier, data) as runtime:
        try:
            yield runtime.node
        except SyncError as error:
            raise click.ClickException(f"{tier}: {error}") from error


def _need_parent(tier: str, enrolled: bool) -> None:
    if not enrolled:
        raise click.ClickException(f"the {tier} has no parent to compare with; look from the tier below")


def _show(rows: Sequence[StreamStatus], everything: bool) -> None:
    shown = [row for row in rows if everything or _worth(row)]
    if shown:
        click.echo(
            f"{'stream':92} {'side':4} {'epoch':>5} {'head':>8} {'peer':>8} {'waits':>6}  hash          note"
        )
    for row in shown:
        peer = "" if row.peer_seq is None else row.peer_seq
        click.echo(
            f"{row.stream:92} {row.side:4} {row.epoch:>5} {row.seq:>8} {peer:>8} {row.lag:>6}"
            f"  {row.hash[:12]:12}  {_note(row)}"
        )


def _worth(row: StreamStatus) -> bool:
    return bool(row.lag or row.quarantined or row.rejected or row.unrebuilt or row.state != "open")


def _note(row: StreamStatus) -> str:
    counts = [
        f"{count} {name}"
        for name, count in (
            ("quarantined", row.quarantined),
            ("rejected", row.rejected),
            ("not rebuilt", row.unrebuilt),
        )
        if count
    ]
    state = [row.state] if row.state != "open" else []
    differs = ["differs"] if row.equal is False else []
    return ", ".join([*differs, *state, *([row.reason] if row.reason else []), *counts])
