"""A successful appeal undoes everything that followed."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rules.outcomes import Consequence, undo
from shared.rules.words import RuleError


def make(id_: str, *causes: str, amount: int = 0, tier: str = "county") -> Consequence:
    return Consequence(id_, "outcome", tier, f"结果{id_}", f"outcome {id_}", amount, causes)


CHAIN = [
    make("grade", tier="branch"),
    make("notice", "grade", tier="branch"),
    make("demotion", "grade"),
    make("pay", "demotion", amount=-300_00),
    make("base", "grade", amount=36_09, tier="branch"),
    make("next_grade", "base", "own_points"),
    make("own_points", tier="branch", amount=90_00),
]


def test_what_followed_is_undone_last_first_in_every_tier() -> None:
    entries = undo(CHAIN, "grade")
    assert [one.of for one in entries] == ["next_grade", "pay", "base", "demotion", "notice", "grade"]
    assert {one.tier for one in entries} == {"branch", "county"}
    assert entries[1].amount == 300_00 and entries[2].amount == -36_09
    assert entries[0].what == "撤销：结果next_grade"


def test_only_one_outcome_is_undone_when_only_it_was_appealed() -> None:
    assert [one.of for one in undo(CHAIN, "demotion")] == ["pay", "demotion"]


def test_what_is_undone_already_is_not_undone_twice() -> None:
    done = frozenset(one.of for one in undo(CHAIN, "demotion"))
    assert {"pay", "demotion"}.isdisjoint(one.of for one in undo(CHAIN, "grade", done))
    assert undo(CHAIN, "grade", frozenset(one.of for one in undo(CHAIN, "grade"))) == ()


def test_a_circle_a_double_and_a_stranger_are_refused() -> None:
    for chain, root in (
        ([make("a", "b"), make("b", "a")], "a"),
        ([make("a"), make("b", "a", "c"), make("c", "b")], "a"),
        ([make("a"), make("a")], "a"),
        ([make("a")], "b"),
    ):
        with pytest.raises(RuleError):
            undo(chain, root)


@st.composite
def chains(draw: st.DrawFn) -> list[Consequence]:
    size = draw(st.integers(1, 12))
    return [
        make(
            f"c{place:02d}",
            *(f"c{cause:02d}" for cause in (draw(st.sets(st.integers(0, place - 1))) if place else ())),
            amount=draw(st.integers(-100_00, 100_00)),
        )
        for place in range(size)
    ]


@given(chains(), st.randoms(use_true_random=False))
def test_counter_entries_cancel_what_followed_and_nothing_else(
    chain: list[Consequence], order: random.Random
) -> None:
    entries = undo(chain, "c00")
    shuffled = list(chain)
    order.shuffle(shuffled)
    assert undo(shuffled, "c00") == entries
    amounts = {one.id: one.amount for one in chain}
    causes = {one.id: one.caused_by for one in chain}
    touched = {one.of for one in entries}
    assert sum(one.amount + amounts[one.of] for one in entries) == 0
    for id_ in amounts:
        assert (id_ in touched) == (id_ == "c00" or any(cause in touched for cause in causes[id_]))
    seen: set[str] = set()
    for one in entries:
        seen.add(one.of)
        assert all(other.id in seen for other in chain if one.of in other.caused_by)
