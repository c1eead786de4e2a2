"""`sanji province`: counties offer what they published, a coordinator asks all of them."""

from __future__ import annotations

import secrets
from pathlib import Path

import click


@click.group()
def province() -> None:
    """Ask several counties at once; their databases stay their own."""


@province.command()
@click.option(
    "--database-url", envvar="SANJI_DATABASE_URL", required=True, help="An administrator's address."
)
@click.option(
    "--owner-url", envvar="SANJI_COUNTY_OWNER_DATABASE_URL", required=True, help="The county owner's address."
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Address to hand over."
)
def offer(database_url: str, owner_url: str, out: Path) -> None:
    """Open the published contests of this county to a role that reads nothing else; write its address."""
    from deploy.local.secret_values import write_private
    from deploy.shards import offering

    write_private(out, offering.offer(database_url, owner_url, secrets.token_urlsafe(32)).encode())
    click.echo(f"the address of the role {offering.ROLE} is in {out}; hand it over on a safe way")


@province.command()
@click.option(
    "--coordinator-url", required=True, help="An administrator's address of the coordinator's database."
)
@click.argument("code")
@click.argument("address", type=click.Path(path_type=Path, exists=True))
def join(coordinator_url: str, code: str, address: Path) -> None:
    """Join the county CODE, whose address is in the file ADDRESS."""
    from deploy.local.databases import connect
    from deploy.shards import joining

    with connect(coordinator_url) as coordinator:
        joining.join(coordinator, code, address.read_text().strip())
    click.echo(f"{code} is part of {joining.TABLE}")


@province.command()
@click.option("--coordinator-url", required=True, help="An address of the coordinator's database.")
@click.option("--year", type=int, required=True)
def ask(coordinator_url: str, year: int) -> None:
    """Print how each county's published contest came out. Exit code 1 where a county was left out."""
    from deploy.local.databases import connect
    from deploy.shards import asking

    with connect(coordinator_url) as coordinator:
        answer = asking.ask(coordinator, year)
    click.echo(
        f"{'county':12} {'villages':>8} {'I':>6} {'II':>6} {'III':>6} {'IV':>6} {'mean':>7} {'best':>7}"
    )
    for code, villages, one, two, three, four, score, best, synthetic in answer.rows:
        mean = int(score or 0) // (villages or 1)
        note = "  synthetic" if synthetic else ""
        figures = f"{_points(mean):>7} {_points(best):>7}"
        click.echo(f"{code:12} {villages:>8} {one:>6} {two:>6} {three:>6} {four:>6} {figures}{note}")
    for code, why in answer.away.items():
        click.echo(f"{code}: left out, away: {why}", err=True)
    for code in answer.false:
        click.echo(f"{code}: left out, it speaks for another county", err=True)
    if answer.away or answer.false:
        raise click.exceptions.Exit(1)


def _points(hundredths: int | None) -> str:
    return "" if hundredths is None else f"{hundredths // 100}.{hundredths % 100:02}"
