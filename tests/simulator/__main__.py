"""`python -m tests.simulator SEEDS [--from SEED] [--replay SEED]`: exit code 1 unless nothing was wrong."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor

import click

from tests.simulator.faults import table
from tests.simulator.runs import Outcome, play_all, shortest, written

A_SHARE = 100
SHOWN = 3


@click.command()
@click.argument("seeds", type=click.IntRange(1), default=10_000)
@click.option("--from", "first", default=0, show_default=True, help="The first seed.")
@click.option("--replay", type=int, help="Play this one seed, make it short where it fails, and show it.")
def main(seeds: int, first: int, replay: int | None) -> None:
    """Play seeded schedules of the three tiers with everything going wrong that can."""
    if replay is not None:
        found = play_all([replay])
    else:
        shares = [range(at, min(at + A_SHARE, first + seeds)) for at in range(first, first + seeds, A_SHARE)]
        found = Outcome()
        with (
            ProcessPoolExecutor(os.cpu_count()) as pool,
            click.progressbar(length=seeds, label="schedules", show_eta=True) as bar,
        ):
            for one in pool.map(play_all, shares):
                found.add(one)
                bar.update(one.schedules)
    for seed, _what in found.failing[:SHOWN]:
        steps, verdict = shortest(seed)
        click.echo(f"\nseed {seed}, made short ({len(steps)} steps):\n{written(steps)}")
        click.echo("\n".join(f"  {one}" for one in verdict.wrong))
    for seed, what in found.failing[SHOWN:]:
        click.echo(f"seed {seed}: {what}")
    click.echo()
    click.echo("\n".join(table(found.struck)))
    click.echo(found.line)
    if found.failing:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
