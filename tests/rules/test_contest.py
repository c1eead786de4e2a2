"""Ranks, tiers and reasons."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.rules.contest import RULE_VERSION, ContestError, Decision, Entry, Grading, grade

from .makers import make_document, make_entry, make_ladder, make_rulebook

ACCIDENT = {"event": "accident", "name": "重大安全责任事故", "best_tier": 4}


def tiers_of(grading: Grading) -> list[int | None]:
    return [one.tier for one in grading.villages]


def reason_of(grading: Grading, number: int) -> str:
    return next(one.reason for one in grading.villages if one.village_code.endswith(f"{number:03d}"))


def floors(**by_tier: str) -> list[dict[str, Any]]:
    tiers = make_document()["tiers"]
    return [
        tier | ({"floor": by_tier[f"t{tier['tier']}"]} if f"t{tier['tier']}" in by_tier else {})
        for tier in tiers
    ]


@pytest.mark.parametrize(("count", "seats"), [(251, (25, 113, 88, 25)), (243, (24, 110, 85, 24))])
def test_a_county_is_graded_in_proportion(count: int, seats: tuple[int, ...]) -> None:
    grading = grade(make_rulebook(), make_ladder(count))
    assert grading.groups[0].seats == grading.groups[0].filled == seats
    assert grading.rule_version == RULE_VERSION == 1
    assert [one.rank for one in grading.villages] == list(range(1, count + 1))
    assert tiers_of(grading) == sorted(tiers_of(grading), key=int)  # type: ignore[arg-type]


def test_scores_add_up_from_indicators_to_categories_to_the_total() -> None:
    one = grade(make_rulebook(), [make_entry(1, "97.5", "33.33", "10")]).villages[0]
    assert one.indicators == {"meetings": 5850, "income": 1000, "helped": 100}
    assert one.categories == {"party": 5850, "economy": 1100}
    assert one.score == 6950


def test_no_villages_no_groups() -> None:
    grading = grade(make_rulebook(), [])
    assert (grading.villages, grading.groups, grading.undecided) == ((), (), ())


def test_a_group_of_one_takes_the_seat_that_largest_remainder_gives() -> None:
    grading = grade(make_rulebook(), [make_entry(1)])
    assert tiers_of(grading) == [2]
    assert "本组只有 1 个村居" in grading.villages[0].reason


def test_groups_are_graded_each_for_itself() -> None:
    entries = [replace(one, group="乙") if n % 2 else one for n, one in enumerate(make_ladder(20))]
    grading = grade(make_rulebook(), entries)
    assert [(group.pool, group.seats) for group in grading.groups] == [(10, (1, 5, 3, 1))] * 2


def test_equal_scores_are_parted_by_the_rulebook_and_it_is_said_how() -> None:
    same = [
        make_entry(1, meetings="40", income="80", helped="80"),
        make_entry(2, meetings="60", income="50", helped="50"),
    ]
    entries = [*same, *[make_entry(number, "10") for number in range(3, 11)]]
    grading = grade(make_rulebook(), entries, what_if=True)
    first, second = grading.villages[:2]
    assert (first.score, second.score) == (5600, 5600)
    assert (first.village_name, first.rank, first.tier) == ("第2村", 1, 1)
    assert (second.village_name, second.rank, second.tier) == ("第1村", 2, 2)
    assert "与二档的第1村同分，按规则再比“党的建设”：本村居 36.00 分，对方 24.00 分，列一档" in first.reason
    assert "与一档的第2村同分" in second.reason


def test_villages_equal_in_everything_share_a_rank() -> None:
    entries = [make_entry(1, "90"), make_entry(2, "80"), make_entry(3, "80"), make_entry(4, "70")]
    assert [one.rank for one in grade(make_rulebook(), entries).villages] == [1, 2, 2, 4]


def test_equal_villages_across_a_tier_line_wait_for_the_county() -> None:
    entries = [
        *make_ladder(1),
        make_entry(2, "60"),
        make_entry(3, "60"),
        *[make_entry(n, n) for n in range(4, 21)],
    ]
    grading = grade(make_rulebook(), entries)
    (block,) = grading.undecided
    assert (block.villages, block.seats) == (("321323001002", "321323001003"), ((1, 1), (2, 1)))
    assert (block.rank, block.score) == (2, 5600)
    waiting = [one for one in grading.villages if one.undecided]
    assert [(one.rank, one.tier) for one in waiting] == [(2, None), (2, None)]
    assert (
        waiting[0].reason
        == "总分 56.00 分，与第3村并列第 2 名，各项比较都相同，一档只剩 1 个名额，待县里裁定。"
    )
    assert grading.groups[0].filled == (1, 8, 7, 2)
    assert grading.groups[0].cuts[0] == 5600


def test_a_decision_covers_exactly_its_block_and_its_reason_is_shown() -> None:
    entries = [
        *make_ladder(1),
        make_entry(2, "60"),
        make_entry(3, "60"),
        *[make_entry(n, n) for n in range(4, 21)],
    ]
    decision = Decision(("321323001003", "321323001002"), "去年进步更大。")
    grading = grade(make_rulebook(), entries, [decision])
    assert grading.undecided == grading.unused_decisions == ()
    assert {one.village_name: one.tier for one in grading.villages[1:3]} == {"第3村": 1, "第2村": 2}
    assert reason_of(grading, 3).endswith("县里裁定列一档，理由：去年进步更大。")


def test_a_decision_that_fits_no_block_any_more_is_reported_and_changes_nothing() -> None:
    entries = [
        *make_ladder(1),
        make_entry(2, "60"),
        make_entry(3, "60"),
        *[make_entry(n, n) for n in range(4, 21)],
    ]
    wider = Decision(("321323001002", "321323001003", "321323001004"), "旧裁定")
    grading = grade(make_rulebook(), entries, [wider])
    assert grading.unused_decisions == (wider,)
    assert len(grading.undecided) == 1


def test_a_what_if_breaks_such_a_tie_by_village_code_and_says_so() -> None:
    entries = [
        *make_ladder(1),
        make_entry(3, "60"),
        make_entry(2, "60"),
        *[make_entry(n, n) for n in range(4, 21)],
    ]
    grading = grade(make_rulebook(), entries, what_if=True)
    assert grading.undecided == ()
    assert {one.village_name: one.tier for one in grading.villages[1:3]} == {"第2村": 1, "第3村": 2}
    assert "试算时按村居代码先后暂列一档" in reason_of(grading, 2)


def test_all_equal_is_one_block_over_all_tiers() -> None:
    grading = grade(make_rulebook(), [make_entry(number) for number in range(1, 11)])
    assert set(tiers_of(grading)) == {None}
    assert {one.rank for one in grading.villages} == {1}
    (block,) = grading.undecided
    assert block.seats == ((1, 1), (2, 5), (3, 3), (4, 1))
    order = tuple(reversed(block.villages))
    decided = grade(
        make_rulebook(), [make_entry(number) for number in range(1, 11)], [Decision(order, "抽签")]
    )
    by_code = {one.village_code: one.tier for one in decided.villages}
    assert [by_code[code] for code in order] == [1, 2, 2, 2, 2, 2, 3, 3, 3, 4]


def test_a_village_barred_from_a_tier_is_passed_over_for_the_next_in_rank() -> None:
    entries = make_ladder(10)
    entries[0] = replace(entries[0], vetoes=("accident",))
    grading = grade(make_rulebook(vetoes=[ACCIDENT]), entries)
    assert tiers_of(grading) == [4, 1, 2, 2, 2, 2, 2, 3, 3, 3]
    first, second = grading.villages[:2]
    assert first.rank == 1
    assert first.vetoes == ("重大安全责任事故",)
    assert first.reason.endswith("本可列一档，因“重大安全责任事故”最高只能列四档。")
    assert "依次递补，列一档" in second.reason


def test_an_indicator_can_bar_a_tier_but_not_exactly_at_its_limit() -> None:
    veto = {"indicator": "income", "below": "60", "name": "收入不足", "best_tier": 3}
    entries = make_ladder(10)
    entries[0] = make_entry(1, "100", "59.99", "99")
    entries[1] = make_entry(2, "99", "60", "99")
    entries[2:] = [make_entry(number, 50 - number, "60") for number in range(3, 11)]
    grading = grade(make_rulebook(vetoes=[veto]), entries)
    assert tiers_of(grading)[:2] == [3, 1]


def test_seats_a_floor_leaves_empty_fall_to_the_tier_below() -> None:
    grading = grade(make_rulebook(tiers=floors(t1="99.5", t2="79")), make_ladder(20))
    assert grading.groups[0].seats == (2, 9, 7, 2)
    assert grading.groups[0].filled == (0, 6, 12, 2)
    assert "但总分不到一档最低要求的 99.50 分，列二档" in grading.villages[0].reason


def test_the_distance_to_the_tier_lines_is_told() -> None:
    grading = grade(make_rulebook(), make_ladder(20))
    assert grading.groups[0].cuts == (7970, 7835, 7730, 7700)
    assert grading.villages[0].reason == "总分 79.85 分，第 1 名，列一档，高出一档线 0.15 分。"
    assert grading.villages[1].reason == "总分 79.70 分，第 2 名，列一档，正好在一档线上。"
    assert (
        grading.villages[2].reason
        == "总分 79.55 分，第 3 名，列二档，高出二档线 1.20 分，离一档线还差 0.15 分。"
    )
    assert grading.villages[19].reason == "总分 77.00 分，第 20 名，列四档，离三档线还差 0.30 分。"


def test_a_missing_return_counts_as_nothing_and_is_marked_late() -> None:
    grading = grade(make_rulebook(), [*make_ladder(9), make_entry(10, values=None)])
    late = grading.villages[-1]
    assert (late.late, late.score, late.rank, late.tier) == (True, 0, 10, 4)
    assert late.reason.startswith("未交申报表，按 0 分计入，第 10 名，列四档")
    assert grading.groups[0].pool == 10


def test_a_missing_return_can_be_left_out_of_the_pool() -> None:
    grading = grade(make_rulebook(missing_return="excluded"), [*make_ladder(9), make_entry(10, values=None)])
    out = grading.villages[-1]
    assert (out.excluded, out.score, out.rank, out.tier) == (True, None, None, None)
    assert (grading.groups[0].pool, grading.groups[0].excluded) == (9, 1)
    assert sum(grading.groups[0].seats) == 9


def test_a_group_in_which_nobody_filed_is_defined_both_ways() -> None:
    entries = [make_entry(number, values=None) for number in (1, 2)]
    excluded = grade(make_rulebook(missing_return="excluded"), entries)
    assert excluded.groups[0].seats == (0, 0, 0, 0)
    assert excluded.groups[0].cuts == (None,) * 4
    assert grade(make_rulebook(), entries).undecided[0].score == 0


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([make_entry(1), make_entry(1)], "given twice"),
        ([make_entry(1, "x")], "meetings: 'x' is not a number"),
        ([make_entry(1, values={"meetings": "1"})], "income: is empty"),
        ([make_entry(1, vetoes=("flood",))], "no event 'flood'"),
    ],
)
def test_what_cannot_be_graded_is_refused(entries: list[Entry], words: str) -> None:
    with pytest.raises(ContestError, match=words) as caught:
        grade(make_rulebook(), entries)
    assert caught.value.message


@pytest.mark.parametrize(
    "decisions",
    [
        [Decision(("a",), "why")],
        [Decision(("a", "a"), "why")],
        [Decision(("a", "b"), " ")],
        [Decision(("a", "b"), "why"), Decision(("b", "a"), "why")],
    ],
)
def test_a_decision_needs_villages_and_a_reason_and_there_is_one_per_block(decisions: list[Decision]) -> None:
    with pytest.raises(ContestError):
        grade(make_rulebook(), [], decisions)


few = st.integers(0, 6).map(str)
villages = st.lists(st.tuples(few, few, few), max_size=40)


@given(villages)
def test_a_better_score_never_gets_a_worse_tier(values: list[tuple[str, str, str]]) -> None:
    entries = [make_entry(number, *one) for number, one in enumerate(values, start=1)]
    grading = grade(make_rulebook(tiers=floors(t1="5", t2="3", t3="2")), entries, what_if=True)
    assert tiers_of(grading) == sorted(tiers_of(grading), key=int)  # type: ignore[arg-type]
    assert all(sum(group.filled) == group.pool for group in grading.groups)


@settings(deadline=None)
@given(villages, st.sets(st.integers(1, 40)), st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_entries_changes_nothing(
    values: list[tuple[str, str, str]], struck: set[int], chance: random.Random, what_if: bool
) -> None:
    rulebook = make_rulebook(vetoes=[ACCIDENT, {**ACCIDENT, "event": "fraud", "best_tier": 2}])
    entries = [
        make_entry(number, *one, vetoes=(("accident", "fraud")[number % 2],) if number in struck else ())
        for number, one in enumerate(values, start=1)
    ]
    before = grade(rulebook, entries, what_if=what_if)
    chance.shuffle(entries)
    assert grade(rulebook, entries, what_if=what_if) == before


@settings(deadline=None)
@given(villages, st.sets(st.integers(1, 40)))
def test_who_wins_a_tie_changes_nothing_for_the_villages_outside_it(
    values: list[tuple[str, str, str]], struck: set[int]
) -> None:
    rulebook = make_rulebook(vetoes=[{**ACCIDENT, "best_tier": 3}])
    entries = [
        make_entry(number, *one, vetoes=("accident",) if number in struck else ())
        for number, one in enumerate(values, start=1)
    ]
    open_grading = grade(rulebook, entries)
    decisions = [Decision(block.villages[::-1], "裁定") for block in open_grading.undecided]
    decided = grade(rulebook, entries, decisions)
    assert decided.undecided == decided.unused_decisions == ()
    for before, after in zip(open_grading.villages, decided.villages, strict=True):
        assert before.undecided or (before.tier, before.rank) == (after.tier, after.rank)
    for block in open_grading.undecided:
        got = sorted(one.tier or 0 for one in decided.villages if one.village_code in block.villages)
        assert got == [tier for tier, seats in block.seats for _ in range(seats)]
    assert all(one.tier is None or one.tier >= 3 for one in decided.villages if one.vetoes)
