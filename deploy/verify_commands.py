"""`sanji verify`: what the county holds, worked out again from what was pinned."""

from __future__ import annotations

import os
from pathlib import Path

import click

from deploy.stack_commands import data_option
from deploy.tier_access import runtime_of

DIFFERS = 1
"""Exit code where something does not come out as it was."""


@click.group()
def verify() -> None:
    """Work results out again from pinned inputs and rulebooks."""


@verify.command("year")
@click.argument("year", type=click.IntRange(2000, 2100))
@data_option
def verify_year(year: int, data: Path) -> None:
    """Work out a member year again: every statement, confirmed grade and proposal.

    Reads the branches' original bytes, holds them against what the streams brought, and works out again under
    the rulebooks that were pinned; what differs is named. The branches' own proposals are worked out where
    their database is reached from here. Exit code 1: something differs; 2: no such year.
    """
    from services.county.years.recomputing import Differs, recompute
    from shared.kit.errors import Absent
    from shared.kit.scope import EVERYTHING

    with runtime_of("county", data) as runtime, runtime.database.transaction(EVERYTHING) as session:
        try:
            found = recompute(session, year)
        except Absent as error:
            raise click.ClickException(f"the county has not opened a year {year}") from error
    below = _at_branches(year, data)
    own = [Differs(code, "own outcomes", how) for code, how in below or () if how]
    for one in [*found.differing, *own]:
        click.echo(f"{one.branch} {one.what}: {one.how}")
    off = len(found.differing) + len(own)
    click.echo(
        f"{found.statements} statements, {found.filings} filings, {found.runs} proposals of the county,"
        f" {'none' if below is None else len(below)} of branches and {found.classings} classings worked out"
        f" again: {f'{off} differ' if off else 'all come to the same bytes'}"
        + (" (the branches' database is not reached from here)" if below is None else "")
    )
    if off:
        raise click.exceptions.Exit(DIFFERS)


def _at_branches(year: int, data: Path) -> list[tuple[str, str]] | None:
    """The branches' own drawings-up, each with its branch and what differs; None where they are elsewhere."""
    from services.branch.outcomes.recomputing import runs_again
    from shared.kit.scope import EVERYTHING

    if "SANJI_COUNTY_DATABASE_URL" in os.environ and "SANJI_BRANCH_DATABASE_URL" not in os.environ:
        return None
    with runtime_of("branch", data) as runtime, runtime.database.transaction(EVERYTHING) as session:
        return list(runs_again(session, year))
