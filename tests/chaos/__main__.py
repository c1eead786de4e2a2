"""`python -m tests.chaos [--only NAME] [--seed N]`: exit code 1 unless all struck and nothing was wrong."""

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
from tests.chaos.faults import Fault, Stage, clocks, killing
from tests.chaos.isolation import isolate
from tests.chaos.names import FAULTS, NEEDS_FAKETIME, NEEDS_NAMESPACES, SHORT
from tests.chaos.records import Operations

SHOWN = 10
A_FEW = 6
# Where the planted bug loses what it has acknowledged.
PLANTED_AT = ("at township/entry", "at township/roster")


@click.command()
@click.option(
    "--only", "names", multiple=True, type=click.Choice(list(FAULTS)), help="One; may be given again."
)
@click.option("--short", is_flag=True, help=f"Only {', '.join(SHORT)}, in a short form.")
@click.option("--seed", default=1, show_default=True, help="What clients file, and in which order.")
@click.option("--planted/--sound", help="In the end, whether a planted bug is seen by the checker.")
@click.option("--keep", is_flag=True, help="Keep the folder with its logs.")
def main(names: Sequence[str], short: bool, seed: int, planted: bool, keep: bool) -> None:
    """Three tiers of real processes, every fault of TRUST.md, and whether anything was lost by it."""
    chosen = names or (SHORT if short else list(FAULTS))
    missing = isolate()
    barred = (*(NEEDS_NAMESPACES if missing else ()), *(() if clocks.library() else NEEDS_FAKETIME))
    if missing:
        click.echo(f"NOT ISOLATED: {missing}; all tiers share the loopback")
    for name in [name for name in chosen if name in barred]:
        click.echo(f"{name:17} CANNOT STRIKE on this machine")
    chosen = [name for name in chosen if name not in barred]
    folder = Path(tempfile.mkdtemp(prefix="chaos_"))
    folder.chmod(0o711)
    data = folder / "data"
    data.mkdir(mode=0o711)
    county = County(data, real=not missing)
    try:
        began = time.monotonic()
        county.start()
        click.echo(f"three tiers in {data} after {time.monotonic() - began:.0f} s")
        ended = Run(county, seed, brief=short).play(chosen, planted=planted)
    finally:
        county.close()
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    raise SystemExit(ended)


class Run:
    """Faults one after the other on the same county; every check looks at everything ever filed."""

    def __init__(self, county: County, seed: int, *, brief: bool) -> None:
        self.county, self.seed, self.brief = county, seed, brief
        self.operations = Operations()
        self.struck = 0
        self.wrong: dict[str, set[str]] = {"lost": set(), "duplicated": set(), "leaked": set()}

    def play(self, names: Sequence[str], *, planted: bool) -> int:
        """Each fault, and a bug that has to be seen; the exit code."""
        for name in names:
            self._play(name)
        unseen = planted and not self._sees_planted()
        counts = {kind: len(found) for kind, found in self.wrong.items()}
        said = " ".join(f"{kind} {count}" for kind, count in counts.items())
        click.echo(f"faults {self.struck} operations {len(self.operations.all())} {said}")
        return int(any(counts.values()) or self.struck < len(names) or unseen)

    def _play(self, name: str) -> None:
        began, before = time.monotonic(), len(self.operations.all())
        stage = self._stage(name)
        if error := _strike(stage, FAULTS[name]):
            self.wrong["lost"].add(f"{name}: {error}")
            click.echo(error)
        verdict = check(self.county, self.operations)
        self._tell(name, stage, verdict, len(self.operations.all()) - before, time.monotonic() - began)

    def _stage(self, name: str) -> Stage:
        load = Load(self.county, self.operations, self.seed)
        return Stage(self.county, self.operations, load, Random(f"{name}/{self.seed}"), brief=self.brief)

    def _tell(self, name: str, stage: Stage, verdict: Verdict, many: int, seconds: float) -> None:
        self.struck += bool(stage.struck.times)
        for kind, found in self.wrong.items():
            fresh = set(getattr(verdict, kind)) - found
            found |= fresh
            for one in sorted(fresh)[:SHOWN]:
                click.echo(f"  {kind}: {one}")
        for sign in stage.struck.signs[:SHOWN]:
            click.echo(f"    {sign}")
        if verdict.echoed:
            click.echo(f"    said twice and counted once since a restore: {len(verdict.echoed)}")
        outcomes = ", ".join(f"{count} {name}" for name, count in sorted(self.operations.outcomes().items()))
        click.echo(
            f"{name:17} struck {stage.struck.times:3}  operations {many:4} (so far {outcomes})"
            f"  drained in {verdict.seconds:.0f} s  {'WRONG' if verdict.wrong else 'held'}  {seconds:.0f} s"
        )

    def _sees_planted(self) -> bool:
        """A township that answers before it has applied is killed: does the checker see what is lost?"""
        place = self.county.places["township"]
        place.plant("web", "tests.chaos.planted:create_app()")
        _strike(self._stage("planted"), killing.township_web)
        lost = set(check(self.county, self.operations, 15.0, whole=False).lost) - self.wrong["lost"]
        # Not what is merely late: it was taken into the inbox, and the township has it nowhere else.
        fresh = {one for one in lost if one.endswith(PLANTED_AT) and f"{one} in" not in lost}
        for one in sorted(fresh)[:2]:
            click.echo(f"    {one}")
        click.echo(
            f"planted bug (early acknowledgement): {f'seen, {len(fresh)} lost' if fresh else 'NOT SEEN'}"
        )
        return bool(fresh)


def _strike(stage: Stage, fault: Fault) -> str:
    """The fault, with people at work before, meanwhile and after; what went wrong in striking."""
    with stage.load:
        stage.load.wait_more(A_FEW)
        try:
            fault(stage)
        except Exception:
            return traceback.format_exc(limit=-4)
        finally:
            stage.load.wait_more(A_FEW)
    return ""


if __name__ == "__main__":
    main()
