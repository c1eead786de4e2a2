"""`sanji unit`: the tree of units, and enrolling the services that speak for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.stack_commands import data_option
from deploy.tier_access import runtime_of, tier_option

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from shared.kit.units import Unit
    from shared.sync.runtime import Runtime
    from shared.sync.signer import Signer


@click.group()
def unit() -> None:
    """Make units and enrol the services of the tier below.

    The county keeps the tree (`load`, `add`, `rename`, `move`, `close`) and which general branch looks after
    which branches (`put`, `take`); each parent invites a child
    service (`invite`), which registers its key with the code (`join`) and learns its part of the tree.
    """


@unit.command("list")
@tier_option
@click.option("--under", metavar="CODE", help="Only this unit and what lies below it.")
def list_units(tier: str, data: Path, under: str | None) -> None:
    """Print the tree as this tier knows it: code, level, name."""
    from sqlalchemy import select

    from shared.kit.scope import EVERYTHING
    from shared.kit.units import Unit, below

    with runtime_of(tier, data) as runtime, runtime.database.transaction(EVERYTHING) as session:
        roots = (
            [known_unit(session, under)]
            if under
            else session.scalars(select(Unit).where(Unit.parent_id.is_(None)))
        )
        for one in below(session, roots):
            click.echo(f"{one.code:14} {one.level:9} {'  ' * (one.path.count('.') - 1)}{one.name}")


@unit.command()
@data_option
@click.argument("code")
@click.argument("name")
@click.option("--parent", metavar="CODE", help="The unit above; none for the county itself.")
@click.option(
    "--kind", default="", help="What it is: village, community, street, general_branch … [default: its level]"
)
def add(data: Path, code: str, name: str, parent: str | None, kind: str) -> None:
    """Add one unit below its parent; its level follows from the parent's."""
    from shared.kit.units import LEVELS, add_unit, unit_by_code

    def work(session: Session) -> Unit:
        if unit_by_code(session, code) is not None:
            raise click.ClickException(f"there is a unit {code} already")
        above = known_unit(session, parent) if parent else None
        place = LEVELS.index(above.level) + 1 if above else 0
        if place >= len(LEVELS):
            raise click.ClickException(f"{parent} is a branch: nothing lies below it")
        return add_unit(session, code, name, LEVELS[place], kind or LEVELS[place], above)

    _change(data, work, "added")


@unit.command()
@data_option
@click.argument("code")
@click.argument("name")
def rename(data: Path, code: str, name: str) -> None:
    """Give a unit another name; published results keep the name of their day."""

    def work(session: Session) -> Unit:
        found = known_unit(session, code)
        found.name = name
        return found

    _change(data, work, "renamed")


@unit.command()
@data_option
@click.argument("code")
@click.option("--to", "parent", required=True, metavar="CODE", help="The unit it lies below from now on.")
def move(data: Path, code: str, parent: str) -> None:
    """Put a village under another township: its returns and open work go along."""
    from shared.kit.units import move_unit

    def work(session: Session) -> Unit:
        found = known_unit(session, code)
        move_unit(session, found, known_unit(session, parent))
        return found

    _change(data, work, "moved")


@unit.command()
@data_option
@click.argument("code")
@click.option("--into", "successor", metavar="CODE", help="The unit it was merged into.")
def close(data: Path, code: str, successor: str | None) -> None:
    """Close a unit, or merge it into another. Its past stays; it takes no part in later contests."""
    from shared.kit.clock import civil, system_clock
    from shared.kit.units import close_unit

    def work(session: Session) -> Unit:
        found = known_unit(session, code)
        into = known_unit(session, successor) if successor else None
        close_unit(session, found, civil(system_clock()).date(), into)
        return found

    _change(data, work, "closed")


@unit.command()
@data_option
@click.argument("codes", nargs=-1, required=True)
@click.option("--under", "general", required=True, metavar="CODE", help="The general branch.")
@click.option("--reason", required=True, help="Kept with the change, told to the tiers below.")
def put(data: Path, codes: tuple[str, ...], general: str, reason: str) -> None:
    """Put branches under a general branch of their township: it endorses what they send up."""
    from services.county.registry.generals import put_under

    def work(session: Session, signer: Signer, now: datetime) -> int:
        branches = [known_unit(session, code) for code in codes]
        return put_under(session, None, signer, branches, known_unit(session, general), reason, now)

    click.echo(f"put {_announced(data, work)} branches under {general}")


@unit.command()
@data_option
@click.argument("codes", nargs=-1, required=True)
@click.option("--reason", required=True, help="Kept with the change, told to the tiers below.")
def take(data: Path, codes: tuple[str, ...], reason: str) -> None:
    """Take branches out of their general branch: what they send goes straight to the township."""
    from services.county.registry.generals import take_out

    def work(session: Session, signer: Signer, now: datetime) -> int:
        branches = [known_unit(session, code) for code in codes]
        return take_out(session, None, signer, branches, reason, now)

    click.echo(f"took {_announced(data, work)} branches out of their general branch")


def _announced(data: Path, work: Callable[[Session, Signer, datetime], int]) -> int:
    """Change the county's register and announce it."""
    from shared.kit.scope import EVERYTHING

    with runtime_of("county", data) as runtime:
        name_county(runtime)
        with runtime.database.transaction(EVERYTHING) as session:
            return work(session, runtime.signer(), runtime.settings.clock())


def _change(data: Path, work: Callable[[Session], Unit], done: str) -> None:
    """The county keeps the tree: change it there, and announce the change to the tiers below."""
    from services.county.registry.actions import announce_units
    from shared.kit.scope import EVERYTHING

    with runtime_of("county", data) as runtime:
        name_county(runtime)
        with runtime.database.transaction(EVERYTHING) as session:
            try:
                found = work(session)
            except ValueError as error:
                raise click.ClickException(str(error)) from error
            if found.parent_id is not None:
                signer = runtime.signer()
                announce_units(session, signer, [found], done, None, runtime.settings.clock())
            click.echo(f"{done} {found.level} {found.code} {found.name}")


@unit.command()
@data_option
@click.argument("tree", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--county", required=True, help="The county's name.")
def load(data: Path, tree: Path, county: str) -> None:
    """Load a county's tree from CSV: township_code, township_name, village_code, village_name.

    Two further columns may name the general branch a village stands under: general_code, general_name.
    """
    from deploy.planting import plant
    from deploy.tree import read_tree

    found = read_tree(tree, county)
    with runtime_of("county", data) as runtime:
        made = plant(runtime, found)
    click.echo(f"{found.county.name}: {made} units added" if made else "the tree was there already")


@unit.command()
@tier_option
@click.argument("codes", nargs=-1, required=True)
@click.option(
    "--days", default=7, show_default=True, type=click.IntRange(1, 90), help="How long it can be used."
)
@click.option("--replaces", is_flag=True, help="Take the units over from the service that spoke for them.")
def invite(tier: str, data: Path, codes: tuple[str, ...], days: int, replaces: bool) -> None:
    """Print a code with which one child service may register, once, for these units.

    Give it to the child's administrator by a way you trust; only its hash is kept here.
    """
    from shared.kit.scope import EVERYTHING
    from shared.sync.enrolling import mint_code

    with runtime_of(tier, data) as runtime:
        name_county(runtime)
        with runtime.database.transaction(EVERYTHING) as session:
            ids = [known_unit(session, code).id for code in codes]
        click.echo(mint_code(runtime.node, ids, timedelta(days=days), replaces=replaces))


@unit.command()
@tier_option
@click.argument("code")
@click.option("--name", required=True, help="What this service is called at its parent.")
def join(tier: str, data: Path, code: str, name: str) -> None:
    """Register this service with its parent, using the code the parent printed."""
    from shared.sync.enrolling import enrol
    from shared.sync.records import SELF
    from shared.sync.refusal import SyncError

    with runtime_of(tier, data) as runtime:
        if runtime.node.transport is None:
            raise click.ClickException(f"set SANJI_{tier.upper()}_PARENT_URL: where the parent answers")
        with runtime.node.store.work() as ledger:
            known = ledger.peers(SELF)
        try:
            me = known[0].node if known else runtime.node.keys.current.public.first_node
            answer = enrol(runtime.node, me, name, code)
        except SyncError as error:
            raise click.ClickException(f"not registered: {error}") from error
    click.echo(f"registered with {answer.name}; {len(answer.roots)} units of its own")


def name_county(runtime: Runtime) -> None:
    """A county names its own node before it first speaks: it has no parent to do it."""
    from deploy import planting

    planting.name_county(runtime)


def known_unit(session: Session, code: str) -> Unit:
    from shared.kit.units import unit_by_code

    found = unit_by_code(session, code)
    if found is None:
        raise click.ClickException(f"there is no unit {code} at this tier")
    return found
