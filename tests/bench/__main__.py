"""`python -m tests.bench [--only NAME] [--json FILE]`: exit code 1 where a goal is not met."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from tests.bench import rollup
from tests.bench.figures import Figure, table
from tests.servers import Servers
from tests.sync.world import World


def _rollup(servers: Servers) -> list[Figure]:
    world = World(servers)
    world.begin()
    try:
        return rollup.measure(world)
    finally:
        world.close()


BENCHES: Mapping[str, Callable[[Servers], list[Figure]]] = {"rollup": _rollup}


@click.command()
@click.option("--only", type=click.Choice(list(BENCHES)), multiple=True, help="Only these.")
@click.option("--json", "target", type=click.Path(path_type=Path), default=Path("bench.json"))
def main(only: tuple[str, ...], target: Path) -> None:
    """Measure each figure beside its floor, in one run on this machine."""
    folder = Path(tempfile.mkdtemp(prefix="sanji-bench-"))
    folder.chmod(0o711)
    servers = Servers(folder)
    figures: list[Figure] = []
    try:
        servers.start()
        for name in only or BENCHES:
            click.echo(f"{name} …", err=True)
            figures += BENCHES[name](servers)
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
    target.write_text(json.dumps([one.document() for one in figures], indent=1, ensure_ascii=False) + "\n")
    click.echo(table(figures))
    if not all(one.holds for one in figures):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
