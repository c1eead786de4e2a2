"""The store in memory answers every call of a schedule as PostgreSQL does."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from shared.sync.store import HeadBook, InBook, OutBook, Registry
from tests.simulator.books import OutRows
from tests.simulator.county import HILL, NODES, County, Place, _founded
from tests.simulator.playing import Play
from tests.simulator.runs import play
from tests.simulator.schedule import Drawing
from tests.simulator.steps import ACTS, Step
from tests.simulator.twins import Differs, TwinLedger, Twins
from tests.sync.world import Kept

# Of the schedules from here on, the first with restores: they make calls that others do not.
FIRST, MANY = 20_000, 5
# What no schedule calls: people at a command line release, jobs of the night prune.
NEVER_CALLED = {"release_fault", "in_quarantine", "prune_receipts"}
# What not every few schedules come to.
SELDOM = {"unseal", "add_rebuilt", "add_sent", "mark_rejected", "add_faults", "lock_code", "use_code"}


BOOKS = (HeadBook, OutBook, InBook, Registry)


@pytest.fixture(scope="module")
def kept(servers: Any) -> Iterator[dict[str, Kept]]:
    """A database for each node."""
    made = {
        name: Kept(servers.database_urls(tier, f"twin_{name}"), tier) for name, (tier, *_) in NODES.items()
    }
    yield made
    for one in made.values():
        one.close()


@pytest.fixture
def twins(kept: dict[str, Kept], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every place of a simulated county keeps its rows twice."""
    save = ACTS["backup"]

    def backup(playing: Play, place: Place) -> None:
        save(playing, place)
        place.store.backup()  # type: ignore[attr-defined]

    monkeypatch.setattr(County, "new_store", Twins(kept))
    monkeypatch.setitem(ACTS, "backup", backup)
    _founded.cache_clear()
    yield
    _founded.cache_clear()


def _with_restores() -> list[int]:
    found = (seed for seed in range(FIRST, FIRST + 1000) if _restores(seed) > 1)
    return list(islice(found, MANY))


def _restores(seed: int) -> int:
    return sum(step.act == "restore" and NODES[step.place][0] != "branch" for step in Drawing(seed).steps())


def test_both_stores_answer_alike_whatever_goes_wrong(twins: None, monkeypatch: pytest.MonkeyPatch) -> None:
    made: set[str] = set()
    ask = TwinLedger.__getattr__

    def note(self: TwinLedger, name: str) -> Any:
        made.add(name)
        return ask(self, name)

    monkeypatch.setattr(TwinLedger, "__getattr__", note)
    for seed in _with_restores():
        verdict = play(seed)[1]
        assert not verdict.wrong, f"seed {seed}: {verdict.wrong[0]}"
    calls = {name for book in BOOKS for name in vars(book) if not name.startswith("_")}
    assert calls - made <= NEVER_CALLED | SELDOM


def test_a_store_that_answers_otherwise_is_seen(twins: None, monkeypatch: pytest.MonkeyPatch) -> None:
    sent_after = OutRows.sent_after
    monkeypatch.setattr(OutRows, "sent_after", lambda *args: sent_after(*args)[:1])
    steps = [Step("say", "hill", (HILL, word, "said")) for word in ("w1", "w2")]
    playing = Play(0)
    for step in [*steps, Step("sweep", "hill")]:
        playing.do(step)
    with pytest.raises(Differs, match="sent_after"):
        playing.do(Step("push", "hill"))
