"""A run of the demo on a stack: started, founded, played, told."""

import json
from pathlib import Path
from time import monotonic
from typing import Any

import click

from deploy.demo.founding import found
from deploy.demo.heads import heads_equal
from deploy.demo.loop import Loop
from deploy.demo.memory import MemoryWatch
from deploy.demo.people import ROLES, load_passwords
from deploy.demo.players import Players, Plays
from deploy.demo.recomputing import recomputed
from deploy.demo.rows import row_counts
from deploy.demo.shape import YEAR_MONTHS, Shape
from deploy.demo.tiers import Tiers, wait_for
from deploy.demo.year import Year
from deploy.local.tiers import TIERS
from shared.kit.clock import system_clock
from shared.sync.refusal import SyncError

# From so many branches on it pays to play them in processes of their own: two, as there are two cores.
MANY_BRANCHES, PLAYERS = 100, 2


def run(stack: Any, shape: Shape, seed: int) -> dict[str, Any]:
    """Start, found, play; the summary. A second run goes on where the first stopped."""
    began, tree = monotonic(), shape.tree
    stack.start(click.echo)
    _same_county(stack.data.path / "demo.json", shape, seed)
    seconds = {"serve": round(monotonic() - began, 2)}
    passwords = load_passwords(stack.data.path / "demo-passwords.json")
    tiers = Tiers.of({tier: stack.environment(tier) for tier in TIERS})
    what = "村居（指标数值为合成数据）" if shape.contest else "支部（名称、人员、数据均为合成）"
    click.echo(f"{tree.county.name}:{len(tree.townships)} 个乡镇街道,{tree.size} 个{what}")
    try:
        with MemoryWatch() as memory:
            found(tiers, tree, passwords, system_clock())
            seconds["found"] = round(monotonic() - began - seconds["serve"], 2)
            summary = _played(stack, tiers, shape, seed, passwords, seconds)
    except SyncError as error:
        raise click.ClickException(str(error)) from error
    finally:
        tiers.close()
    summary |= {"memory_mb": memory.peak, "seconds": seconds, "portals": dict(stack.urls)}
    seconds["total"] = round(monotonic() - began, 2)
    _tell(stack, shape, passwords, summary)
    return summary


def _played(
    stack: Any, tiers: Tiers, shape: Shape, seed: int, passwords: dict[str, str], seconds: dict[str, float]
) -> dict[str, Any]:
    tree, began = shape.tree, monotonic()
    summary: dict[str, Any] = {
        "county": tree.county.name,
        "profile": shape.name,
        "townships": len(tree.townships),
        "villages": tree.size,
        "general_branches": sum(map(len, tree.generals.values())),
    }
    year = Year(tiers, seed, tree.size)
    if shape.contest:
        seconds |= year.play()
        summary |= year.summary()
    players = _players(stack, shape, seed, passwords)
    loop, looped = Loop(tiers, seed, wait_for, shape, passwords, players), monotonic()
    try:
        loop.play()
    finally:
        if players is not None:
            players.close()
    seconds["members"] = round(monotonic() - looped, 2)
    seconds["year"] = round(monotonic() - began, 2)
    summary |= {"heads_equal": heads_equal(tiers)} | loop.summary()
    if shape.months == YEAR_MONTHS:
        summary["recomputed_equal"] = recomputed(tiers)
    return summary | {"rows": row_counts(tiers)}


def _players(stack: Any, shape: Shape, seed: int, passwords: dict[str, str]) -> Plays | None:
    """Processes of their own for a large county."""
    if shape.tree.size < MANY_BRANCHES:
        return None
    begin: dict[str, Any] = {"profile": shape.name, "seed": seed, "passwords": passwords}
    begin["county"] = dict(stack.environment("county"))
    return Players(PLAYERS, stack.environment("branch"), begin)


def _same_county(path: Path, shape: Shape, seed: int) -> None:
    """A data directory holds one county's demo; another is refused before anything is written."""
    tree = shape.tree
    mine = {"county": tree.county.name, "tree": tree.digest, "seed": seed, "profile": shape.name}
    if not path.exists():
        path.write_text(json.dumps(mine, ensure_ascii=False))
        return
    held = {"profile": "siyang"} | json.loads(path.read_text())
    if held != mine:
        raise click.ClickException(
            f"{path.parent} holds the demo of {held['county']} (profile {held['profile']},"
            f" seed {held['seed']}); use another --data"
        )


def _tell(stack: Any, shape: Shape, passwords: dict[str, str], summary: dict[str, Any]) -> None:
    tree = shape.tree
    first = tree.townships[0]
    codes = {"county": tree.county, "township": first, "branch": tree.villages[first.code][0]}
    if shape.contest:
        tiers = ", ".join(f"{name} 档 {count}" for name, count in summary["tiers"].items())
        click.echo(
            f"\n{tree.county.name} {summary['villages']} 个村居:{tiers};各级数据一致:{summary['heads_equal']}"
        )
    if shape.months == YEAR_MONTHS:
        grades = ", ".join(f"{name} {count}" for name, count in summary["grades"].items())
        click.echo(f"{summary['members']} 名党员:{grades};重算一致:{summary['recomputed_equal']}")
    seconds = summary["seconds"]
    click.echo(f"served after {seconds['serve']} s; the year took {seconds['year']} s;")
    click.echo(f"at most {summary['memory_mb']} MB in all processes\n")
    for tier in TIERS:
        click.echo(f"{stack.urls[tier]}   {tier}")
        for role, (suffix, title) in ROLES[tier].items():
            place = codes[tier]
            login = f"{place.code}-{suffix}" if suffix else place.code
            click.echo(f"    {login:20} {passwords[role]:18} {place.name} {title}")
    branch = codes["branch"]
    click.echo(f"    {branch.code + '-dy':20} {passwords['member']:18} {branch.name} 党员（演示）")
    click.echo("\nNo second factor is asked for; SANJI_SECOND_FACTOR=usual asks county and township staff.")
