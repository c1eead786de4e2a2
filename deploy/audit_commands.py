"""`sanji audit`: whether a tier's audit log is whole, and what its neighbours keep of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from deploy.local.tiers import TIERS
from deploy.stack_commands import data_option
from deploy.sync_commands import node_of
from deploy.tier_access import tier_option

if TYPE_CHECKING:
    from shared.sync.node import Node
    from shared.sync.proving import Kept, Proof
    from shared.sync.signed import Signed
    from shared.sync.store import Ledger

WHOLE, BAD, UNSURE = 0, 1, 2
BELOW = {"county": "township", "township": "branch"}


@click.group()
def audit() -> None:
    """Prove the audit logs.

    Every tier chains and signs its log; the tier above countersigns the chain's end at each reconciliation,
    the county's is kept by its townships. What that proves and what not is told in docs/audit.md.
    """


@audit.command()
@click.option("--tier", type=click.Choice(TIERS), help="Only this tier (default: every one that is reached).")
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="Countersigned heads that `sanji audit anchors` wrote at another tier; may be given again.",
)
@data_option
def verify(tier: str | None, against: Sequence[Path], data: Path) -> None:
    """Work the log out again from its first row; name the first bad one.

    Exit code 0: whole up to the last head that another tier countersigned (what came since is told);
    1: a row was changed, removed, put in or put back; 2: it cannot be told from here.
    """
    given = [one for path in against for one in read_file(path)]
    codes = []
    for one in [tier] if tier else TIERS:
        try:
            codes.append(_verify(one, data, given))
        except click.ClickException as error:
            if tier:
                raise
            click.echo(f"{one}: cannot tell: {error.format_message()}")
            codes.append(UNSURE)
    raise click.exceptions.Exit(BAD if BAD in codes else max(codes))


@audit.command()
@tier_option
@click.option("--node", "whose", type=click.UUID, required=True, help="The node whose log has a break.")
@click.option("--reason", required=True, help="Why its log may go on as it is; kept and shown for ever.")
def accept(tier: str, data: Path, whose: UUID, reason: str) -> None:
    """Go on from another node's log that no longer holds what this tier keeps of it: after a restore, say."""
    from shared.sync.anchoring import accept as countersign_anew

    with node_of(tier, data) as node:
        made = countersign_anew(node, whose, reason[:300])
    click.echo(f"{tier}: the log of {whose} goes on from seal {made.seq}")


@audit.command()
@tier_option
def anchors(tier: str, data: Path) -> None:
    """Print the heads of other nodes' logs that this tier has countersigned, to be carried to them."""
    with node_of(tier, data) as node, node.store.work() as ledger:
        me = node.identity(ledger).node
        for kept in _neighbours(ledger, me):
            if kept.last is not None:
                click.echo(base64.b64encode(kept.last.document.encode()).decode())


def read_file(path: Path) -> list[Signed]:
    """Countersigned heads, one a line; ClickException for anything else."""
    from shared.sync.refusal import Untrusted
    from shared.sync.signed import read

    try:
        return [read(base64.b64decode(line, validate=True)) for line in path.read_text().split()]
    except (Untrusted, binascii.Error, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path}: not what `sanji audit anchors` writes") from error


def _verify(tier: str, data: Path, given: Sequence[Signed]) -> int:
    from shared.sync.proving import prove_own

    with node_of(tier, data) as node:
        others, missing = _ask(tier, node, data)
        if given:
            missing = ""
        proof = prove_own(node, [*others, *given])
        with node.store.work() as ledger:
            me = node.identity(ledger).node
            kept = _neighbours(ledger, me)
            names = {peer.node: peer.name for way in ("parent", "child") for peer in ledger.peers(way)}
    code, words = judge(proof, names, missing)
    click.echo(f"{tier}: {words}")
    return max(code, _tell_kept(tier, kept), key=(WHOLE, UNSURE, BAD).index)


def judge(proof: Proof, names: dict[UUID, str], missing: str) -> tuple[int, str]:
    """The exit code and the one sentence of a proof. `missing`: why nobody's word could be had, or ''."""
    from shared.sync.proving import stamp

    last = proof.anchored
    if proof.bad is not None:
        before = f"; up to seal {last.seq} it is as countersigned" if last else ""
        return BAD, f"NOT whole: {proof.bad.words}{before}"
    events = "1 event" if proof.tail == 1 else f"{proof.tail} events"
    tail = f"not yet anchored since {stamp(proof.since)}: {events}" if proof.since else ""
    if last is None or missing:
        far = f"countersigned up to seal {last.seq}" if last else "nothing of it is countersigned yet"
        why = "; ".join(one for one in (missing, far, tail) if one)
        return UNSURE, f"cannot tell: {proof.seals} seals, none wrong as far as this database knows; {why}"
    who = names.get(last.by, str(last.by))
    again = "".join(f"; {names.get(one.by, one.by)} accepted: {one.reason}" for one in proof.accepted)
    whole = f"whole up to seal {last.seq}, which {who} countersigned on {stamp(last.at)}"
    return WHOLE, whole + again + (f"; {tail}" if tail else "")


def _ask(tier: str, node: Node, data: Path) -> tuple[list[Signed], str]:
    """What others keep of this node's chain, and why nobody could be asked ('' where somebody was)."""
    from shared.sync.anchoring import question
    from shared.sync.refusal import SyncError
    from shared.sync.reporting import has_parent

    if not has_parent(node):
        return _from_below(tier, node, data)
    try:
        answer = question(node)
    except SyncError as error:
        return [], f"the tier above was not reached ({error})"
    return [answer.document] if answer else [], ""


def _from_below(tier: str, node: Node, data: Path) -> tuple[list[Signed], str]:
    """Children open every connection: their databases are read where they are reached from here."""
    with node.store.work() as ledger:
        me = node.identity(ledger).node
    try:
        with node_of(BELOW.get(tier, tier), data) as below, below.store.work() as ledger:
            return [one.document for one in ledger.anchors(me)], ""
    except click.ClickException as error:
        return [], f"the tier below was not reached, and no file given ({error.format_message()})"


def _neighbours(ledger: Ledger, me: UUID) -> list[Kept]:
    from shared.sync.proving import neighbours

    return neighbours(ledger, me)


def _tell_kept(tier: str, kept: Sequence[Kept]) -> int:
    from shared.sync.proving import stamp

    for one in kept:
        if one.broken is not None:
            seal, since = one.broken.seq, stamp(one.broken.at)
            click.echo(
                f"{tier}: the log of {one.name} ({one.node}) no longer holds seal {seal}, which is kept here;"
                f" seen {since}"
            )
    return BAD if any(one.broken for one in kept) else WHOLE
