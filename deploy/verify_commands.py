"""`sanji verify`: what the county holds, worked out again from what was pinned."""

from __future__ import annotations

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
    """Work out a member year again: every approved statement, confirmed grade and county proposal.

    Reads the branches' original bytes and the rulebooks under the hashes they pinned, and names what
    differs. Exit code 1: something differs; 2: no such year.
    """
    from services.county.years.recomputing import recompute
    from shared.kit.errors import Absent
    from shared.kit.scope import EVERYTHING

    with runtime_of("county", data) as runtime, runtime.database.transaction(EVERYTHING) as session:
        try:
            found = recompute(session, year)
        except Absent as error:
            raise click.ClickException(f"the county has not opened a year {year}") from error
    for one in found.differing:
        click.echo(f"{one.branch} {one.what}: {one.how}")
    click.echo(
        f"{found.statements} statements, {found.filings} filings, {found.runs} proposals and"
        f" {found.classings} classings worked out again:"
        f" {'all come to the same bytes' if found.equal else f'{len(found.differing)} differ'}"
    )
    if not found.equal:
        raise click.exceptions.Exit(DIFFERS)
