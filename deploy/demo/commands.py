"""`sanji demo`: one contest year of a real county, then three portals to look at."""

import json
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from deploy.demo.profile_names import PROFILES
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
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="siyang",
    show_default=True,
    help="yanting: a synthetic county of 905 branches and 25,619 members, and their whole year.",
)
@click.option(
    "--months",
    type=click.IntRange(1, 12),
    help="Months of the members' year; with all twelve it is appraised, decided and closed."
    " [default: 3 for siyang, 12 for yanting]",
)
@click.option("--seed", default=2026, show_default=True, help="Seed of the synthetic figures.")
def demo(
    data: Path | None,
    host: str,
    port: int,
    once: bool,
    out: Path | None,
    villages: Path | None,
    county: str | None,
    profile: str,
    months: int | None,
    seed: int,
) -> None:
    """Play one contest year of a real county's villages on all three tiers, then keep serving.

    Village names are real (Siyang county, 2023 statistics); every figure is synthetic and says so.
    The summary's JSON: county, townships, villages, returns_filed, returns_corrected, returns_sent_back,
    tiers {"1": n, …}, result_hash (of every score, rank and tier), heads_equal, members, floating, transfers,
    commitments, claims, statements, members_at_county, statements_approved, grades {…}, outcomes {…},
    appeals, organisations {…}, year_closed, recomputed_equal, memory_mb, rows {…}, seconds {…}, portals. The
    yanting profiles hold no contest: what belongs to it is left out.
    """
    from deploy.demo.playing import run
    from deploy.demo.profiles import shape_of
    from deploy.local.interruption import interruptible
    from deploy.local.stack import Stack
    from deploy.tree import read_tree

    if bool(villages) != bool(county):
        raise click.UsageError("--villages and --county go together: the file, and the county's name")
    if out is not None and not out.resolve().parent.is_dir():
        raise click.UsageError(f"--json: there is no folder {out.resolve().parent}")
    if out is not None:
        _try_to_write(out)
    if villages and profile != "siyang":
        raise click.UsageError("--villages brings its own county: leave --profile out")
    tree = read_tree(villages, county) if villages and county else None
    shape = shape_of(profile, tree, months)
    with _data_directory(data, once) as folder:
        # A newcomer has the passwords of the README and no second device.
        stack = Stack(folder, host=host, port=port, told={"SANJI_SECOND_FACTOR": "optional"})
        with interruptible(stack), stack:
            summary = run(stack, shape, seed)
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
