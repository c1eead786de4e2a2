"""`python -m tests.chaos [--only NAME] [--seed N]`: exit code 1 unless nothing was wrong and all has struck."""

from __future__ import annotations

import shutil
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from random import Random

import click

from tests.chaos.checking import Verdict, check
from tests.chaos.clients import Load
from tests.chaos.county import County
from tests.chaos.faults import Fault, Stage
from tests.chaos.isolation import isolate
from tests.chaos.names import FAULTS, SHORT
from tests.chaos.records import Operations

SIGNS = 3
A_FEW = 6


@click.command()
@click.option(
    "--only", "names", multiple=True, type=click.Choice(list(FAULTS)), help="This one; may be given again."
)
@click.option("--short", is_flag=True, help=f"Only {', '.join(SHORT)}.")
@click.option("--seed", default=1, show_default=True, help="What clients file, and in which order.")
@click.option("--keep", is_flag=True, help="Keep the folder with its logs.")
def main(names: Sequence[str], short: bool, seed: int, keep: bool) -> None:
    """Three tiers of real processes, every fault of TRUST.md, and whether anything was lost by it."""
    chosen = names or (SHORT if short else list(FAULTS))
    missing = isolate()
    if missing:
        click.echo(f"{missing}: no cable can be cut and no disk filled; faults that need it do not strike")
    folder = Path(tempfile.mkdtemp(prefix="chaos_"))
    folder.chmod(0o711)
    data = folder / "data"
    data.mkdir(mode=0o711)
    county = County(data, real=not missing)
    try:
        began = time.monotonic()
        county.start()
        click.echo(f"three tiers in {data} after {time.monotonic() - began:.0f} s")
        ended = Run(county, seed).play(chosen)
    finally:
        county.close()
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    raise SystemExit(ended)


class Run:
    """Faults one after the other on the same county; every check looks at everything ever filed."""

    def __init__(self, county: County, seed: int) -> None:
        self.county, self.seed = county, seed
        self.operations = Operations()
        self.struck = 0
        self.wrong: dict[str, set[str]] = {"lost": set(), "duplicated": set(), "leaked": set()}

    def play(self, names: Sequence[str]) -> int:
        """Each fault; the exit code."""
        for name in names:
            self._play(name, FAULTS[name])
        counts = {kind: len(found) for kind, found in self.wrong.items()}
        said = " ".join(f"{kind} {count}" for kind, count in counts.items())
        click.echo(f"faults {self.struck} operations {len(self.operations.all())} {said}")
        return int(any(counts.values()) or self.struck < len(names))

    def _play(self, name: str, fault: Fault) -> None:
        began, before = time.monotonic(), len(self.operations.all())
        load = Load(self.county, self.operations, self.seed)
        stage = Stage(self.county, self.operations, load, Random(f"{name}/{self.seed}"))
        with load:
            load.wait_more(A_FEW)
            try:
                fault(stage)
            except Exception:
                self.wrong["lost"].add(f"{name}: {traceback.format_exc(limit=-4)}")
            load.wait_more(A_FEW)
        verdict = check(self.county, self.operations)
        self._tell(name, stage, verdict, len(self.operations.all()) - before, time.monotonic() - began)

    def _tell(self, name: str, stage: Stage, verdict: Verdict, many: int, seconds: float) -> None:
        self.struck += bool(stage.struck.times)
        for kind, found in self.wrong.items():
            fresh = set(getattr(verdict, kind)) - found
            found |= fresh
            for one in sorted(fresh)[:20]:
                click.echo(f"  {kind}: {one}")
        for one in [one for one in self.wrong["lost"] if one.startswith(f"{name}: ")]:
            click.echo(f"  {one}")
        for sign in stage.struck.signs[:SIGNS]:
            click.echo(f"    {sign}")
        outcomes = ", ".join(f"{count} {name}" for name, count in self.operations.outcomes().items())
        click.echo(
            f"{name:26} struck {stage.struck.times:3}  operations {many:4}  ({outcomes} so far)"
            f"  drained in {verdict.seconds:.0f} s  {'WRONG' if verdict.wrong else 'held'}  {seconds:.0f} s"
        )


if __name__ == "__main__":
    main()
