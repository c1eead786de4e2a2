"""Grades out of total, ballots and opinion."""

import random
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.rules.appraisal import (
    RULE_VERSION,
    Appraised,
    Block,
    Decision,
    Grading,
    MemberResult,
    Skipped,
    Tally,
    grade,
)
from shared.rules.words import RuleError

from .appraised import (
    GRADES,
    MASSES,
    MEMBERS,
    RULEBOOK,
    TOTALS,
    UNITS,
    make_appraised,
    masses_tally,
    members_tally,
    rulebook_with,
)


def result_of(grading: Grading, number: int) -> MemberResult:
    return next(one for one in grading.results if one.member == f"m{number:03d}")


def grade_of(subject: Appraised, beside: int = 2) -> str | None:
    """The grade of one subject beside others who stand below it, so that one seat is free."""
    others = [make_appraised(900 + number, "qualified", total=1_00) for number in range(beside)]
    return next(
        one.grade for one in grade(RULEBOOK, [subject, *others]).results if one.member == subject.member
    )


def subjects() -> st.SearchStrategy[Appraised]:
    votes = st.tuples(*[st.integers(0, 20)] * 4).filter(lambda four: 11 <= sum(four) <= 80)

    def build(
        number: int, total: int, own: tuple[int, ...], theirs: tuple[int, ...], opinion: str, flags: int
    ) -> Appraised:
        return make_appraised(
            number,
            total=total,
            members=members_tally(*own, eligible=sum(own)),
            masses=masses_tally(*theirs, eligible=80) if flags % 3 else Skipped("村民大多外出"),
            opinion=opinion,
            exempt=flags == 1,
            applicable=60_00 if flags == 1 else 100_00,
            probationary=flags == 2,
        )

    return st.builds(
        build,
        st.integers(1, 999),
        st.integers(0, 130).map(lambda n: n * 1_00),
        votes,
        votes,
        st.sampled_from(GRADES),
        st.integers(0, 5),
    )


def branches() -> st.SearchStrategy[list[Appraised]]:
    return st.lists(subjects(), min_size=1, max_size=12, unique_by=lambda one: one.member)


@pytest.mark.parametrize("says", GRADES)
def test_a_member_of_whom_everything_says_one_grade_holds_it(says: str) -> None:
    assert grade_of(make_appraised(1, says)) == says


@pytest.mark.parametrize("says", list(product(GRADES, repeat=3)), ids="-".join)
def test_the_lowest_signal_counts_but_one_alone_makes_nobody_unqualified(says: tuple[str, str, str]) -> None:
    total, ballots, opinion = says
    subject = make_appraised(
        1,
        total=TOTALS[total],
        members=members_tally(*MEMBERS[ballots]),
        masses=masses_tally(*MASSES[ballots]),
        opinion=opinion,
    )
    lowest = max(GRADES.index(one) for one in says)
    if says.count("unqualified") == 1:
        lowest = GRADES.index("basically_qualified")
    assert grade_of(subject) == GRADES[lowest]


def test_a_county_may_ask_for_all_three_signals() -> None:
    rulebook = rulebook_with(
        unqualified={"least_signals": 3, "clause": "三项", "source": "测试", "certainty": "ours"}
    )
    two = make_appraised(1, "unqualified", opinion="qualified")
    assert grade(rulebook, [two]).results[0].grade == "basically_qualified"
    assert "只有 2 项" in grade(rulebook, [two]).results[0].lines[-1].text


@pytest.mark.parametrize("size", range(1, 201))
def test_the_excellent_cap_holds_for_every_branch_size(size: int) -> None:
    everyone = [make_appraised(number, total=200_00 - number) for number in range(1, size + 1)]
    grading = grade(RULEBOOK, everyone)
    excellent = [one for one in grading.results if one.grade == "excellent"]
    assert len(excellent) == grading.seats == size // 3
    assert [one.rank for one in excellent] == list(range(1, size // 3 + 1))
    assert not grading.undecided


@settings(max_examples=60, deadline=None)
@given(branches(), st.randoms(use_true_random=False))
def test_order_changes_nothing_and_the_cap_is_never_passed(
    branch: list[Appraised], order: random.Random
) -> None:
    grading = grade(RULEBOOK, branch)
    shuffled = list(branch)
    order.shuffle(shuffled)
    assert grade(RULEBOOK, shuffled) == grading
    assert 3 * sum(one.grade == "excellent" for one in grading.results) <= grading.graded


@settings(max_examples=60, deadline=None)
@given(branches(), st.integers(0, 11), st.integers(1, 60_00))
def test_a_higher_total_never_lowers_a_grade(branch: list[Appraised], which: int, more: int) -> None:
    one = branch[which % len(branch)]
    raised = [replace(one, total=one.total + more) if other is one else other for other in branch]
    # Being one of the equals who wait for a meeting lies between the first grade and the second.
    height = {"excellent": 0, None: 1, "qualified": 2, "basically_qualified": 3, "unqualified": 4}
    before, after = (
        next(result.grade for result in grade(RULEBOOK, members).results if result.member == one.member)
        for members in (branch, raised)
    )
    assert height[after] <= height[before]


def test_probationary_members_take_part_ungraded_and_do_not_count_for_the_cap() -> None:
    branch = [make_appraised(1), make_appraised(2, "qualified"), make_appraised(3, probationary=True)]
    grading = grade(RULEBOOK, branch)
    assert (grading.graded, grading.seats) == (2, 0)
    found = result_of(grading, 3)
    assert (found.grade, found.rank, found.undecided) == (None, None, False)
    assert "预备党员" in found.lines[0].text


@given(st.integers(1, 100_00), st.integers(0, 130_00))
def test_an_exempt_member_is_held_to_the_part_that_applies(applicable: int, total: int) -> None:
    whole = make_appraised(1, total=total)
    part = make_appraised(1, total=-(-total * applicable // 100_00), exempt=True, applicable=applicable)
    places = [GRADES.index(str(grade_of(one))) for one in (whole, part)]
    assert places[1] <= places[0]


def test_an_exempt_member_is_not_ranked_but_may_be_excellent() -> None:
    exempt = make_appraised(1, total=58_00, exempt=True, applicable=60_00)
    branch = [exempt, *(make_appraised(number, total=92_00 - number) for number in (2, 3))]
    grading = grade(RULEBOOK, branch)
    found = result_of(grading, 1)
    assert (found.grade, found.rank) == ("excellent", None)
    assert "按适用部分折算" in found.lines[0].text
    assert result_of(grading, 2).rank == 1


def test_equals_at_the_cut_wait_for_a_meeting() -> None:
    branch = [
        make_appraised(1, total=99_00),
        *(make_appraised(number) for number in (2, 3)),
        *(make_appraised(number, "qualified") for number in (4, 5, 6)),
    ]
    grading = grade(RULEBOOK, branch)
    assert grading.undecided == (Block(("m002", "m003"), 1),)
    assert [result_of(grading, number).grade for number in (1, 2, 3)] == ["excellent", None, None]
    assert "待会议决定" in result_of(grading, 2).lines[-1].text
    decided = grade(RULEBOOK, branch, [Decision(("m003", "m002"), "m003 承担重点任务更多")])
    assert not decided.undecided and not decided.unused_decisions
    assert [result_of(decided, number).grade for number in (2, 3)] == ["qualified", "excellent"]
    assert result_of(decided, 2).rank == result_of(decided, 3).rank == 2


def test_a_decision_must_name_exactly_the_equals() -> None:
    branch = [make_appraised(number) for number in (1, 2, 3)]
    short = Decision(("m001", "m002"), "理由")
    grading = grade(RULEBOOK, branch, [short])
    assert grading.undecided[0].members == ("m001", "m002", "m003")
    assert grading.unused_decisions == (short,)


@pytest.mark.parametrize(
    "decisions",
    [
        [Decision(("m001",), "理由")],
        [Decision(("m001", "m001"), "理由")],
        [Decision(("m001", "m002"), " ")],
        [Decision(("m001", "m002"), "理由"), Decision(("m002", "m001"), "理由")],
    ],
)
def test_a_decision_without_reason_or_said_twice_is_refused(decisions: list[Decision]) -> None:
    with pytest.raises(RuleError):
        grade(RULEBOOK, [make_appraised(1), make_appraised(2)], decisions)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"members": members_tally(10, 0, 0, 0)}, "quorum"),
        ({"masses": masses_tally(9, 0, 0, 0)}, "quorum"),
        ({"masses": Skipped("")}, "reason"),
        ({"opinion": ""}, "opinion"),
        ({"members": Tally(20, 20, {"excellent": 21})}, "valid"),
        ({"members": Tally(20, 20, {"superb": 20})}, "no choice"),
        ({"applicable": 0}, "above 0"),
        ({"standard": 0}, "above 0"),
    ],
)
def test_no_grade_without_quorum_opinion_or_sound_figures(changes: dict[str, object], words: str) -> None:
    with pytest.raises(RuleError, match=words):
        grade(RULEBOOK, [make_appraised(1, **changes)])


def test_a_member_given_twice_is_refused() -> None:
    with pytest.raises(RuleError, match="twice"):
        grade(RULEBOOK, [make_appraised(1), make_appraised(1)])


def test_a_skipped_mass_review_leaves_the_members_ballot_and_its_reason() -> None:
    grading = grade(RULEBOOK, [make_appraised(1, "qualified", masses=Skipped("机关支部，无固定服务对象"))])
    assert grading.results[0].grade == "qualified"
    assert any("无固定服务对象" in line.text for line in grading.results[0].lines)


def test_the_reasons_name_total_ballots_opinion_and_clause() -> None:
    branch = [make_appraised(1), make_appraised(2, total=93_00), make_appraised(3, total=91_00)]
    found = result_of(grade(RULEBOOK, branch), 2)
    text = "\n".join(line.text for line in found.lines)
    for words in (
        "年度总分 93.00 分",
        "90.00 分",
        "优秀票占有效票 80.00%",
        "支部意见：优秀",
        "名额 1 个",
        "已满，定为“合格”",
    ):
        assert words in text
    assert found.grade == "qualified" and found.lines[-1].clause
    assert all(line.text_en for line in found.lines)


def test_few_ballots_show_no_share() -> None:
    subject = make_appraised(1, "qualified", members=Tally(4, 4, {"qualified": 4}))
    assert "100.00%" not in "".join(line.text for line in grade(RULEBOOK, [subject]).results[0].lines[:2])


def test_the_worse_of_the_two_ballots_counts() -> None:
    low = masses_tally(*MASSES["basically_qualified"])
    assert grade_of(make_appraised(1, "qualified", masses=low)) == "basically_qualified"
    weak = members_tally(*MEMBERS["basically_qualified"])
    assert grade_of(make_appraised(1, "qualified", members=weak)) == "basically_qualified"


@pytest.mark.parametrize(
    ("changes", "reached"),
    [
        ({"total": 90_00}, "excellent"),
        ({"total": 89_99}, "qualified"),
        ({"members": members_tally(10, 10, 0, 0)}, "excellent"),
        ({"members": members_tally(9, 11, 0, 0)}, "qualified"),
        ({"masses": masses_tally(8, 8, 4, 0)}, "excellent"),
        ({"masses": masses_tally(8, 7, 5, 0)}, "qualified"),
    ],
)
def test_exactly_at_a_threshold_it_is_met(changes: dict[str, object], reached: str) -> None:
    assert grade_of(make_appraised(1, **changes)) == reached


def test_each_field_may_bring_its_own_standard() -> None:
    rural, organ = make_appraised(1, total=140_00, standard=150_00), make_appraised(2, total=140_00)
    grading = grade(RULEBOOK, [rural, organ, make_appraised(3, "qualified")])
    assert [one.member for one in grading.results] == ["m002", "m001", "m003"]


def test_units_are_classed_by_the_same_rules() -> None:
    names = ("good", "fairly_good", "fair", "poor")
    branches = [
        make_appraised(
            number,
            says,
            opinion=names[GRADES.index(says)],
            members=Tally(20, 20, dict(zip(names, MEMBERS[says], strict=True))),
        )
        for number, says in enumerate(
            ("excellent", "qualified", "basically_qualified", "unqualified"), start=1
        )
    ]
    grading = grade(UNITS, branches)
    assert (UNITS.subjects, grading.rule_version) == ("units", RULE_VERSION)
    assert [one.grade for one in grading.results] == list(names)
