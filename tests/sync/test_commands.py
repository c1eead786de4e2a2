"""`sanji sync` against a real database, and what it says when something is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy import sync_commands
from shared.sync.node import Node
from shared.sync.pulling import pull
from tests.sync.world import NORTH, TOWN, World


def run(world: World, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    """Run a command on the north branch's node."""

    @contextmanager
    def node_of(tier: str, data: Path) -> Iterator[Node]:
        yield {"branch": world.north, "township": world.township, "county": world.county}[tier].node

    monkeypatch.setattr(sync_commands, "node_of", node_of)
    result = CliRunner().invoke(sync_commands.sync, list(words), catch_exceptions=False)
    return result.exit_code, result.output


def test_status_names_what_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.north.say(NORTH, "a")
    world.settle()
    code, text = run(world, monkeypatch, "status", "--tier", "branch")
    assert (code, text) == (0, "1 streams; 0 to send, 0 held, 0 quarantined\n")
    world.north.say(NORTH, "poison")
    world.settle()
    _, text = run(world, monkeypatch, "status", "--tier", "township")
    assert f"up:{NORTH}" in text
    assert "1 quarantined" in text


def test_reconcile_tells_by_its_exit_code_whether_heads_are_equal(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.north.say(NORTH, "a")
    world.township.publish(TOWN, None, "b")
    world.settle()
    assert run(world, monkeypatch, "reconcile", "--tier", "branch") == (0, "2 streams compared, 0 differ\n")
    world.township.publish(TOWN, None, "c")
    pull(world.south.node)
    code, text = run(world, monkeypatch, "reconcile", "--tier", "branch")
    assert code == sync_commands.UNEQUAL
    assert "2 streams compared, 1 differ" in text
    code, text = run(world, monkeypatch, "recover", "--tier", "branch")
    assert (code, text) == (0, "1 envelopes moved\n")
    assert run(world, monkeypatch, "reconcile", "--tier", "branch")[0] == 0


def test_the_county_has_no_parent_to_compare_with(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = run(world, monkeypatch, "reconcile", "--tier", "county")
    assert code == 1
    assert "no parent" in text


def test_without_settings_or_a_stack_the_command_says_what_to_do(tmp_path: Path) -> None:
    words = ["status", "--tier", "branch", "--data", str(tmp_path / "none")]
    result = CliRunner().invoke(sync_commands.sync, words)
    assert result.exit_code == 2
    assert "sanji up" in result.output
