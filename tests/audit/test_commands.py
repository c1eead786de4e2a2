"""`sanji audit`: one clear sentence and an exit code for each answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import click
import pytest
from click.testing import CliRunner

from deploy import audit_commands
from shared.sync.anchoring import anchor
from shared.sync.node import Node
from shared.sync.refusal import SyncError
from tests.audit.hands import HOUR, act, do, me, seal
from tests.servers import Servers
from tests.sync.world import Place, World

Run = Callable[..., tuple[int, str]]
CHANCE = Random(7)


@pytest.fixture
def away() -> set[str]:
    """Tiers whose databases are not reached from here."""
    return set()


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch, away: set[str]) -> Run:
    """A command on the world's nodes, as `sanji audit …` would run it beside the tiers."""
    places = {"branch": world.north, "township": world.township, "county": world.county}

    @contextmanager
    def node_of(tier: str, data: Path) -> Iterator[Node]:
        if tier in away:
            raise click.ClickException("no stack runs here")
        try:
            yield places[tier].node
        except SyncError as error:
            raise click.ClickException(f"{tier}: {error}") from error

    monkeypatch.setattr(audit_commands, "node_of", node_of)

    def invoke(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(audit_commands.audit, list(words))
        return result.exit_code, result.output

    return invoke


def grow(*places: Place) -> None:
    """Something happens everywhere; heads are compared, from below."""
    for place in places:
        act(place, CHANCE, 2)
        seal(place)
    for place in places:
        place.world.now += HOUR
        if place.node.transport is not None:
            anchor(place.node)


def test_every_tier_is_proved_by_what_its_neighbour_keeps(run: Run, world: World) -> None:
    grow(world.north, world.township, world.county)
    grow(world.north, world.township)
    act(world.north, CHANCE, 3)
    code, out = run("verify")
    assert code == 0, out
    county, township, branch = out.splitlines()
    assert county.startswith("county: whole up to seal 3, which 西镇 countersigned on ")
    assert township.startswith("township: whole up to seal ")
    assert branch.startswith("branch: whole up to seal 4, which 西镇 countersigned on ")
    assert branch.endswith(": 3 events")
    assert "not yet anchored since " in branch


def test_the_first_bad_row_is_named(run: Run, world: World, servers: Servers) -> None:
    grow(world.north)
    grow(world.north)
    do(servers, world.north, "UPDATE audit_event SET subject = 'x' WHERE id = 3")
    assert run("verify", "--tier", "branch") == (
        1,
        "branch: NOT whole: event 3 (seal 3) does not match its seal; up to seal 2 it is as countersigned\n",
    )


def test_a_parent_tells_of_a_child_whose_log_went_back_and_may_accept_it(
    run: Run, world: World, servers: Servers
) -> None:
    grow(world.north, world.township)
    grow(world.north, world.township)
    do(
        servers,
        world.north,
        "DELETE FROM audit_event WHERE id > 2",
        "DELETE FROM audit_seal WHERE seq > 2",
        "DELETE FROM audit_anchor WHERE seq > 2",
    )
    code, out = run("verify", "--tier", "branch")
    assert code == 1
    assert "seal 3 is missing: the log ends at seal 2, but seal 4 was countersigned on " in out
    anchor(world.north.node)
    code, out = run("verify", "--tier", "township")
    assert code == 1
    assert f"the log of 北村 ({me(world.north)}) no longer holds seal 4, which is kept here" in out
    words = ("--tier", "township", "--node", str(me(world.north)), "--reason", "restored on 2 March")
    assert run("accept", *words) == (0, f"township: the log of {me(world.north)} goes on from seal 2\n")
    assert run("accept", *words)[0] == 1  # nothing is open any more
    grow(world.north, world.township)
    code, out = run("verify", "--tier", "branch")
    assert code == 0
    assert "西镇 accepted: restored on 2 March" in out


def test_what_cannot_be_told_is_not_called_whole(
    run: Run, world: World, away: set[str], servers: Servers
) -> None:
    code, out = run("verify", "--tier", "branch")
    assert code == 2
    assert "nothing of it is countersigned yet" in out
    grow(world.north, world.township, world.county)
    world.wires[world.north.name].lose = lambda path: "request"
    code, out = run("verify", "--tier", "branch")
    assert code == 2
    assert "the tier above was not reached (the request was lost); countersigned up to seal 2" in out
    away |= {"township", "branch"}
    code, out = run("verify")
    assert code == 2
    assert "branch: cannot tell: no stack runs here" in out


def test_countersigned_heads_can_be_carried_in_a_file(
    run: Run, world: World, away: set[str], servers: Servers, tmp_path: Path
) -> None:
    grow(world.county, world.township)
    carried = tmp_path / "anchors.txt"
    carried.write_text(run("anchors", "--tier", "township")[1])
    away.add("township")
    words = ("verify", "--tier", "county", "--against", str(carried))
    assert run("verify", "--tier", "county")[0] == 2
    code, out = run(*words)
    assert (code, "county: whole up to seal 3" in out) == (0, True)
    do(servers, world.county, "DELETE FROM audit_event WHERE id > 2", "DELETE FROM audit_seal WHERE seq > 2")
    code, out = run(*words)
    assert code == 1
    assert "seal 3 is missing" in out
    carried.write_text("nothing of ours")
    code, out = run(*words)
    assert (code, "not what `sanji audit anchors` writes" in out) == (1, True)
