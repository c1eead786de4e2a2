"""`sanji demo`: one contest year of a real county, then three portals to look at."""

import json
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import click

from deploy.local.tiers import TIERS
from deploy.stack_commands import address_options, default_data


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Data directory; a second run goes on where the first stopped. [default: as `sanji up`;"
    " a temporary one with --once]",
)
@address_options
@click.option("--once", is_flag=True, help="Play the year, write the summary, and exit.")
@click.option(
    "--json", "out", type=click.Path(path_type=Path, dir_okay=False), help="Write the summary as JSON."
)
@click.option(
    "--villages",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Another county's tree: CSV with township_code, township_name, village_code, village_name.",
)
@click.option("--county", help="That county's name (with --villages).")
@click.option("--seed", default=2026, show_default=True, help="Seed of the synthetic figures.")
def demo(
    data: Path | None,
    host: str,
    port: int,
    once: bool,
    out: Path | None,
    villages: Path | None,
    county: str | None,
    seed: int,
) -> None:
    """Play one contest year of a real county's villages on all three tiers, then keep serving.

    Village names are real (Siyang county, 2023 statistics); every figure is synthetic and says so.
    The summary's JSON: county, townships, villages, returns_filed, returns_corrected, returns_sent_back,
    tiers {"1": n, …}, result_hash (of every score, rank and tier), heads_equal, members, commitments, claims,
    statements, members_at_county, statements_approved, seconds {…}, portals.
    """
    from deploy.local.interruption import interruptible
    from deploy.local.stack import Stack
    from deploy.tree import read_tree, shipped_tree

    if bool(villages) != bool(county):
        raise click.UsageError("--villages and --county go together: the file, and the county's name")
    if out is not None and not out.resolve().parent.is_dir():
        raise click.UsageError(f"--json: there is no folder {out.resolve().parent}")
    if out is not None:
        _try_to_write(out)
    tree = read_tree(villages, county) if villages and county else shipped_tree()
    with _data_directory(data, once) as folder:
        stack = Stack(folder, host=host, port=port)
        with interruptible(stack), stack:
            summary = _run(stack, tree, seed)
            if out is not None:
                out.write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            if once:
                click.echo(json.dumps(summary, ensure_ascii=False, indent=2))
                return
            click.echo("\nCtrl-C ends; `make demo` starts again with the same data.")
            while True:
                signal.pause()


def _try_to_write(out: Path) -> None:
    """The summary comes last; that it cannot be written is said first. Leaves what is there as it is."""
    there = out.exists()
    try:
        with out.open("ab"):
            pass
    except OSError as error:
        raise click.UsageError(f"--json: {out} cannot be written: {error.strerror}") from error
    if not there:
        out.unlink()


@contextmanager
def _data_directory(data: Path | None, once: bool) -> Iterator[Path]:
    if data is not None or not once:
        yield data or default_data()
        return
    with tempfile.TemporaryDirectory(prefix="sanji-demo-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL runs as another user when we are root
        yield Path(folder) / "data"


def _run(stack: Any, tree: Any, seed: int) -> dict[str, Any]:
    """Start, found, play; the summary."""
    from deploy.demo.founding import found
    from deploy.demo.loop import Loop
    from deploy.demo.people import load_passwords
    from deploy.demo.tiers import Tiers
    from deploy.demo.year import Year
    from shared.kit.clock import system_clock
    from shared.sync.refusal import SyncError

    began = monotonic()
    stack.start(click.echo)
    _same_county(stack.data.path / "demo.json", tree, seed)
    served = round(monotonic() - began, 2)
    passwords = load_passwords(stack.data.path / "demo-passwords.json")
    tiers = Tiers.of({tier: stack.environment(tier) for tier in TIERS})
    try:
        click.echo(
            f"{tree.county.name}:{len(tree.townships)} 个乡镇街道,{tree.size} 个村居（指标数值为合成数据）"
        )
        found(tiers, tree, passwords, system_clock())
        founded = round(monotonic() - began - served, 2)
        year = Year(tiers, seed, tree.size)
        parts = year.play()
        loop = Loop(tiers, seed, year.wait_for)
        looped = monotonic()
        loop.play(passwords)
        parts["members"] = round(monotonic() - looped, 2)
        summary = _summary(stack, tree, year, tiers) | loop.summary()
    except SyncError as error:
        raise click.ClickException(str(error)) from error
    finally:
        tiers.close()
    whole = round(monotonic() - began, 2)
    summary["seconds"] = {"serve": served, "found": founded, **parts, "year": round(sum(parts.values()), 2)}
    summary["seconds"]["total"] = whole
    _tell(stack, tree, passwords, summary)
    return summary


def _same_county(path: Path, tree: Any, seed: int) -> None:
    """A data directory holds one county's demo; another is refused before anything is written."""
    mine = {"county": tree.county.name, "tree": tree.digest, "seed": seed}
    if not path.exists():
        path.write_text(json.dumps(mine, ensure_ascii=False))
        return
    held = json.loads(path.read_text())
    if held != mine:
        raise click.ClickException(
            f"{path.parent} holds the demo of {held['county']} (seed {held['seed']}); use another --data"
        )


def _summary(stack: Any, tree: Any, year: Any, tiers: Any) -> dict[str, Any]:
    from deploy.demo.heads import heads_equal

    return {
        "county": tree.county.name,
        "townships": len(tree.townships),
        "villages": tree.size,
        **year.summary(),
        "heads_equal": heads_equal(tiers),
        "seconds": {},
        "portals": dict(stack.urls),
    }


def _tell(stack: Any, tree: Any, passwords: dict[str, str], summary: dict[str, Any]) -> None:
    from deploy.demo.people import ROLES

    first_township = tree.townships[0]
    codes = {
        "county": tree.county,
        "township": first_township,
        "branch": tree.villages[first_township.code][0],
    }
    tiers = ", ".join(f"{name} 档 {count}" for name, count in summary["tiers"].items())
    click.echo(
        f"\n{tree.county.name} {summary['villages']} 个村居:{tiers};各级数据一致:{summary['heads_equal']}"
    )
    click.echo(
        f"served after {summary['seconds']['serve']} s; the year took {summary['seconds']['year']} s\n"
    )
    for tier in TIERS:
        click.echo(f"{stack.urls[tier]}   {tier}")
        for role, (suffix, title) in ROLES[tier].items():
            place = codes[tier]
            login = f"{place.code}-{suffix}" if suffix else place.code
            click.echo(f"    {login:20} {passwords[role]:18} {place.name} {title}")
    village = codes["branch"]
    click.echo(f"    {village.code + '-dy':20} {passwords['member']:18} {village.name} 党员（演示）")
