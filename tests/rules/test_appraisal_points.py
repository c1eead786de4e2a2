"""Quorum, published tallies, appraisal points, the year's total, the next base, and the rulebook itself."""

import json
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rulebooks import appraisal_default, shipped_text
from shared.rules.appraisal import (
    Skipped,
    Tally,
    annual_total,
    applicable_share,
    appraisal_points,
    expected_total,
    later_bases,
    merged,
    months_counted,
    next_base,
    parse_appraisal,
    publishable,
    tally_holds,
    total_line,
)
from shared.rules.document import DocumentError
from shared.rules.points.scheme import parse_scheme
from shared.rules.words import RuleError

from .appraised import RULEBOOK, masses_tally, members_tally, rulebook_with

CARRY = appraisal_default()["carry"]


@pytest.mark.parametrize(("eligible", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (41, 21), (50, 26)])
def test_a_members_ballot_holds_with_more_than_half_of_those_eligible(eligible: int, needed: int) -> None:
    assert tally_holds(RULEBOOK, "members", eligible, needed).ok
    short = tally_holds(RULEBOOK, "members", eligible, needed - 1)
    assert (short.ok, short.needed, short.cast) == (False, needed, needed - 1)


def test_a_mass_review_holds_from_ten_ballots() -> None:
    assert tally_holds(RULEBOOK, "masses", 300, 10).ok
    assert not tally_holds(RULEBOOK, "masses", 9, 9).ok


@pytest.mark.parametrize(("eligible", "cast"), [(3, 4), (3, -1)])
def test_more_ballots_than_voters_are_refused(eligible: int, cast: int) -> None:
    with pytest.raises(RuleError):
        tally_holds(RULEBOOK, "members", eligible, cast)


def test_an_empty_ballot_never_holds() -> None:
    ballots = appraisal_default()["ballots"]
    ballots["members"]["quorum"] = {"percent": "0", "more_than": False, "least": 0}
    assert not tally_holds(rulebook_with(ballots=ballots), "members", 0, 0).ok


def test_five_ballots_are_enough_to_be_published() -> None:
    assert list(publishable(RULEBOOK, {"a": members_tally(3, 2, 0, 0)}).shown) == ["a"]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_no_small_tally_can_be_told_from_what_is_published(sizes: list[int]) -> None:
    tallies = {f"u{place}": Tally(30, size, {"excellent": size}) for place, size in enumerate(sizes)}
    found = publishable(RULEBOOK, tallies)
    assert all(tally.cast >= 5 for tally in found.shown.values())
    assert set(found.shown) | set(found.together) == set(tallies)
    if found.together and sum(sizes) >= 5:
        assert found.merged is not None and found.merged.cast >= 5
        assert found.merged.cast + sum(tally.cast for tally in found.shown.values()) == sum(sizes)


def test_a_small_tally_is_merged_with_the_next_smallest() -> None:
    tallies = {"a": members_tally(3, 0, 0, 0), "b": members_tally(0, 6, 0, 0), "c": members_tally(9, 0, 0, 0)}
    found = publishable(RULEBOOK, tallies)
    assert (list(found.shown), found.together) == (["c"], ("a", "b"))
    assert found.merged == merged(tallies["a"], tallies["b"])
    assert publishable(RULEBOOK, {"a": tallies["a"]}).merged is None


def test_appraisal_points_weigh_ballots_and_check() -> None:
    # members mean 90, masses mean 80, check 80: 0.4·90 + 0.4·80 + 0.2·80 = 84 % of 20 points.
    found = appraisal_points(RULEBOOK, members_tally(10, 10, 0, 0), masses_tally(0, 20, 0, 0), "mostly_true")
    assert found.points == 16_80
    assert [line.text.split("（")[0].split("：")[0] for line in found.lines[:3]] == [
        "党员民主测评",
        "群众测评",
        "组织核查",
    ]
    assert "评议得分 16.80 分" in found.lines[-1].text


def test_a_skipped_mass_review_leaves_its_weight_to_the_others() -> None:
    found = appraisal_points(
        RULEBOOK, members_tally(10, 10, 0, 0), Skipped("村民大多外出务工"), "mostly_true"
    )
    assert found.points == 17_33  # (0.4·90 + 0.2·80) / 0.6 = 86.67 %
    assert "村民大多外出务工" in found.lines[1].text


@pytest.mark.parametrize(
    ("members", "masses", "check"),
    [
        (members_tally(10, 0, 0, 0), masses_tally(20, 0, 0, 0), "true"),
        (members_tally(20, 0, 0, 0), masses_tally(9, 0, 0, 0), "true"),
        (members_tally(20, 0, 0, 0), Skipped(" "), "true"),
        (members_tally(20, 0, 0, 0), masses_tally(20, 0, 0, 0), "perhaps"),
        (Tally(20, 20, {}), masses_tally(20, 0, 0, 0), "true"),
        (Tally(20, 20, {"excellent": 12, "qualified": -1}), masses_tally(20, 0, 0, 0), "true"),
    ],
)
def test_no_points_without_quorum_reason_or_sound_votes(members: Tally, masses: Any, check: str) -> None:
    with pytest.raises(RuleError):
        appraisal_points(RULEBOOK, members, masses, check)


def test_a_rulebook_may_forbid_skipping_the_mass_review() -> None:
    steps = [step | {"may_skip": False} for step in appraisal_default()["steps"]]
    with pytest.raises(RuleError, match="does not let"):
        appraisal_points(rulebook_with(steps=steps), members_tally(20, 0, 0, 0), Skipped("有事"), "true")


def test_the_split_of_few_votes_is_not_in_the_derivation() -> None:
    found = appraisal_points(RULEBOOK, Tally(4, 4, {"excellent": 3, "unqualified": 1}), Skipped("无"), "true")
    assert "不合格" not in found.lines[0].text and "平均 " not in found.lines[0].text


@given(st.integers(0, 20), st.integers(0, 20), st.integers(11, 40))
def test_points_lie_between_nothing_and_full(best: int, worst: int, middle: int) -> None:
    tally = members_tally(best, middle, 0, worst, eligible=best + middle + worst)
    found = appraisal_points(RULEBOOK, tally, Skipped("无"), "untrue").points
    assert 0 <= found <= RULEBOOK.full


def test_the_annual_total_is_base_months_appraisal_bonus_less_deductions() -> None:
    assert annual_total(28_50, [6_00] * 12, 16_80, 5_00, 2_00) == 120_30
    assert "年度总分 120.30" in total_line(28_50, [6_00] * 12, 16_80, 5_00, 2_00).text
    with pytest.raises(RuleError):
        annual_total(0, [], 0, 0, -1)


def test_thirty_per_cent_of_the_total_are_the_next_base() -> None:
    assert next_base(RULEBOOK, 120_30, 91_80) == 36_09
    assert next_base(RULEBOOK, 120_35, 91_80) == 36_11  # 36.105
    assert next_base(RULEBOOK, -5_00, -5_00) == 0


@pytest.mark.parametrize(
    ("changes", "base"),
    [
        ({"of": "earned"}, 27_54),
        ({"rounding": "down", "round_to": "1"}, 36_00),
        ({"rounding": "up", "round_to": "0.5"}, 36_50),
        ({"percent": "33.33"}, 40_10),
    ],
)
def test_share_base_and_rounding_follow_the_rulebook(changes: dict[str, str], base: int) -> None:
    assert next_base(rulebook_with(carry=CARRY | changes), 120_30, 91_80) == base


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_more_points_never_give_a_smaller_base(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert next_base(RULEBOOK, low, low) <= next_base(RULEBOOK, high, high)


@given(
    st.lists(st.integers(0, 150_00), min_size=2, max_size=6), st.integers(0, 5), st.integers(-50_00, 50_00)
)
def test_a_corrected_year_changes_every_later_base_and_no_earlier_one(
    earned: list[int], which: int, more: int
) -> None:
    years = dict(enumerate(earned, start=2026))
    year = 2026 + which % len(earned)
    rulebooks = dict.fromkeys(years, RULEBOOK)
    before = later_bases(rulebooks, 30_00, years)
    after = later_bases(rulebooks, 30_00, years | {year: years[year] + more})
    place = year - 2026
    assert before[:place] == after[:place]
    assert after[place].base == before[place].base and after[place].total == before[place].total + more
    for one, following in pairwise(after):
        assert following.base == one.next_base == next_base(RULEBOOK, one.total, one.total - one.base)


def test_the_shipped_standard_is_the_year_that_the_shipped_schemes_expect() -> None:
    shipped = parse_appraisal(appraisal_default())
    month = parse_scheme(json.loads(shipped_text("points_rural"))).standard
    assert expected_total(shipped, month) == shipped.standard == 200_00
    assert shipped.new_member_base == next_base(shipped, shipped.standard, 0) == 60_00
    assert expected_total(shipped, month, months=6) == 140_00
    assert expected_total(rulebook_with(carry=CARRY | {"of": "earned"}), 10_00) == 182_00


def test_what_applies_to_an_exempt_member_is_a_part_of_the_standard() -> None:
    assert applicable_share(RULEBOOK, 10_00, 4_00) == 48_57
    assert applicable_share(RULEBOOK, 10_00, 10_00) == applicable_share(RULEBOOK, 4_00, 10_00) == 100_00
    for months in (0, 13):
        with pytest.raises(RuleError):
            expected_total(RULEBOOK, 10_00, months)


def test_a_chain_with_a_hole_or_without_a_rulebook_is_refused() -> None:
    assert later_bases({}, 0, {}) == ()
    for rulebooks, earned in (({2026: RULEBOOK, 2028: RULEBOOK}, {2026: 1, 2028: 1}), ({}, {2026: 1})):
        with pytest.raises(RuleError):
            later_bases(rulebooks, 0, earned)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"kind": "contest"}, "kind"),
        ({"subjects": "villages"}, "subjects"),
        ({"standard": "0"}, "standard"),
        ({"least_voters": 1}, "least_voters"),
        ({"publicity_days": 0}, "publicity_days"),
        ({"steps": appraisal_default()["steps"][1:]}, "steps"),
        ({"steps": [*appraisal_default()["steps"], appraisal_default()["steps"][0]]}, "steps[13].code"),
        (
            {"unqualified": appraisal_default()["unqualified"] | {"least_signals": 1}},
            "unqualified.least_signals",
        ),
        ({"carry": CARRY | {"of": "half"}}, "carry.of"),
        ({"carry": {key: value for key, value in CARRY.items() if key != "source"}}, "carry.source"),
        ({"note_2": "x"}, "note_2"),
    ],
)
def test_a_wrong_rulebook_is_refused_with_its_path(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(DocumentError) as refused:
        rulebook_with(**changes)
    assert refused.value.path == path


def test_thresholds_fall_from_grade_to_grade() -> None:
    grades = appraisal_default()["grades"]
    grades[1]["total_least"] = "90"
    with pytest.raises(DocumentError, match="better grade"):
        rulebook_with(grades=grades)


def test_floats_are_refused() -> None:
    with pytest.raises(DocumentError):
        parse_appraisal(appraisal_default() | {"full": 20.0})


def test_months_count_from_the_one_in_which_somebody_became_a_member() -> None:
    days = [date(2020, 5, 1), date(2026, 1, 31), date(2026, 2, 1), date(2026, 7, 31), date(2026, 12, 31)]
    assert [months_counted(2026, day) for day in days] == [12, 12, 11, 6, 1]
