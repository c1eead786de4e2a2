"""The simulator in short form, the bugs it has to see, and failures made short."""

from __future__ import annotations

import pytest

from tests.simulator.bugs import BUGS, Plant
from tests.simulator.county import HILL
from tests.simulator.faults import FAULTS
from tests.simulator.playing import Play
from tests.simulator.runs import play, play_all, shortest, written
from tests.simulator.steps import ACTS, Step

SHORT = 200
# In so many schedules each planted bug has to be seen.
SEEN_WITHIN = 200
# So often at least every fault strikes in them.
SELDOM = 5


def test_nothing_is_lost_doubled_or_leaked_whatever_goes_wrong() -> None:
    found = play_all(range(SHORT))
    assert found.failing == []
    assert found.operations > 10 * SHORT
    # Every kind of fault has struck, or the run proves nothing about it.
    assert set(ACTS) <= set(found.acts)
    assert {name: found.struck[name] for name in FAULTS if found.struck[name] < SELDOM} == {}


@pytest.mark.parametrize("plant", BUGS.values(), ids=BUGS.keys())
def test_a_planted_bug_is_seen(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert any(play(seed)[1].wrong for seed in range(SEEN_WITHIN))


def test_a_failing_schedule_becomes_a_short_one_that_fails_again(monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS["scope_from_the_payload"](monkeypatch)
    seed = next(seed for seed in range(SEEN_WITHIN) if play(seed)[1].wrong)
    steps, verdict = shortest(seed)
    assert any(step.act == "forge" for step in steps)
    assert len(steps) <= 2
    assert verdict.leaked
    assert "forge" in written(steps)


def test_the_same_seed_plays_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    once, again = play(7)[0], play(7)[0]
    for name, place in once.county.places.items():
        assert place.store.tables == again.county.places[name].store.tables


def test_other_steps_happen_between_the_transactions_of_a_job() -> None:
    steps = [
        Step("say", "hill", (HILL, "w1", "said")),
        Step("push", "hill", (), 4, (Step("say", "hill", (HILL, "w2", "said")),)),
    ]
    played, verdict = play(0, steps)
    assert not verdict.wrong
    streams = [row[1:] for row in played.county.places["west"].store.tables["counted"].values()]
    assert [word for word, *_where in streams] == ["w1", "w2"]


def test_where_the_disk_is_full_nothing_is_kept_and_nothing_acknowledged() -> None:
    steps = [
        Step("say", "hill", (HILL, "w1", "said")),
        Step("fill", "west"),
        Step("push", "hill"),
    ]
    played = Play(0)
    for step in steps:
        played.do(step)
    assert "counted" not in played.county.places["west"].store.tables
    played.heal()
    assert len(played.county.places["west"].store.tables["counted"]) == 1
