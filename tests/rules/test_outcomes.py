"""From grade to proposals, shields, clocks, undoing."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rulebooks import holidays, outcomes_default
from shared.rules.calendar import parse_calendar
from shared.rules.document import DocumentError
from shared.rules.outcomes import (
    FLAGS,
    TIERS,
    HelpPeriod,
    Proposal,
    Shield,
    Subject,
    deadlines,
    help_state,
    may_shield,
    parse_outcomes,
    propose,
    tolerance_deadlines,
)
from shared.rules.words import RuleError

RULEBOOK = parse_outcomes(outcomes_default())
CALENDAR = parse_calendar(holidays())
ON = date(2027, 1, 15)
GRADES = ("excellent", "qualified", "basically_qualified", "unqualified")
SHIELDABLE = frozenset(rule.code for rule in RULEBOOK.rules if rule.shieldable)


def make_subject(grade: str | None = "qualified", *flags: str, **changes: Any) -> Subject:
    fields: dict[str, Any] = {"member": "m1", "name": "甲", "year": 2026, "grade": grade, "total": 80_00}
    return Subject(**(fields | {"flags": frozenset(flags)} | changes))


def proposed(subject: Subject, on: date = ON) -> dict[str, Proposal]:
    return {one.code: one for one in propose(RULEBOOK, subject, on)}


def subjects() -> st.SearchStrategy[Subject]:
    def build(grade: str | None, flags: frozenset[str], before: str, place: int, help_: int) -> Subject:
        ends = HelpPeriod(2026, date(2027, 1, 1), date(2027, 1, 10), ("improved", "failed", None)[help_ % 3])
        return make_subject(
            grade,
            *flags,
            field="rural",
            history={2025: before},
            from_bottom=place,
            help=(ends,) if help_ else (),
        )

    return st.builds(
        build,
        st.none() | st.sampled_from(GRADES),
        st.frozensets(st.sampled_from(FLAGS)),
        st.sampled_from(GRADES),
        st.integers(1, 20),
        st.integers(0, 3),
    )


@pytest.mark.parametrize(
    ("subject", "codes"),
    [
        (make_subject("excellent"), {"material_reward", "honours_city", "representation", "deeds_published"}),
        (
            make_subject("excellent", "in_post"),
            {"material_reward", "honours_city", "representation", "deeds_published", "promotion_first"},
        ),
        (
            make_subject("excellent", "no_post", field="community"),
            {
                *("material_reward", "honours_city", "representation", "deeds_published"),
                *("reserve_first", "study_first"),
            },
        ),
        (make_subject("qualified"), {"honours_county"}),
        (make_subject("qualified", "in_post"), {"honours_county", "promotion"}),
        (make_subject("qualified", place_in_grade=1), {"honours_county", "reserve_best"}),
        (make_subject("qualified", "reserve", place_in_grade=1), {"honours_county"}),
        (make_subject("basically_qualified"), {"correction_notice", "honours_barred"}),
        (
            make_subject("basically_qualified", "in_post", "leading"),
            {
                *("correction_notice", "honours_barred", "promotion_deferred", "step_down_warning"),
                *("move_to_non_leading", "reminder_talk"),
            },
        ),
        (
            make_subject("basically_qualified", history={2025: "unqualified"}),
            {"correction_notice", "honours_barred", "alert_notice_repeated"},
        ),
        (
            make_subject("unqualified"),
            {"help_talk", "help_period", "correction_notice", "alert_notice", "honours_barred_unqualified"},
        ),
        (
            make_subject("unqualified", "in_post", "leading", "reserve"),
            {
                *(
                    "help_talk",
                    "help_period",
                    "correction_notice",
                    "alert_notice",
                    "honours_barred_unqualified",
                ),
                *("reserve_cancelled", "no_promotion", "demotion", "relief"),
            },
        ),
        (
            make_subject("qualified", "leading", from_bottom=10),
            {"honours_county", "honours_withdrawn_lowest"},
        ),
        (make_subject("qualified", "leading", from_bottom=11), {"honours_county"}),
        (make_subject("qualified", "candidate"), {"honours_county", "theory_test"}),
        (
            make_subject("basically_qualified", "candidate"),
            {
                "correction_notice",
                "honours_barred",
                "points_deducted",
                "appointment_suspended",
                "theory_test",
            },
        ),
        (make_subject(None), set()),
        (make_subject(None, "discipline_breach", "law_breach"), {"discipline_referral", "law_referral"}),
        (make_subject(None, "tolerance_requested"), {"fault_tolerance"}),
    ],
)
def test_each_grade_post_and_history_has_the_sources_outcomes(subject: Subject, codes: set[str]) -> None:
    assert set(proposed(subject)) == codes


def test_the_tiers_decide_what_the_mission_gives_them() -> None:
    branch = {
        "material_reward",
        "help_talk",
        "help_period",
        "help_review",
        "correction_notice",
        "alert_notice",
    }
    for rule in RULEBOOK.rules:
        assert rule.tier == ("branch" if rule.kind in branch else "county"), rule.code
        assert rule.tier in TIERS


def test_every_rule_has_its_words_clause_source_and_certainty() -> None:
    for rule in RULEBOOK.rules:
        assert rule.name_en and rule.what_en and rule.clause and rule.source and rule.certainty
        assert rule.second_person


@given(subjects())
def test_every_proposal_has_reasons_and_a_second_person_and_weighs_on_nobody_in_public(
    subject: Subject,
) -> None:
    for one in propose(RULEBOOK, subject, ON):
        assert one.reasons and all(line.text and line.text_en for line in one.reasons)
        assert one.second_person
        assert not one.public or one.mechanism == "rise"


@given(subjects())
def test_nobody_is_removed_without_a_failed_help_period(subject: Subject) -> None:
    removals = {"persuasion_to_leave", "removal"} & set(proposed(subject))
    assert bool(removals) == (subject.grade == "unqualified" and help_state(subject, ON) == "failed")


def test_help_comes_first_then_review_then_removal() -> None:
    first = make_subject("unqualified")
    assert {"help_talk", "help_period"} <= set(proposed(first))
    running = replace(first, help=(HelpPeriod(2026, date(2027, 1, 10), date(2027, 7, 9)),))
    assert {"help_period", "help_review", "removal"}.isdisjoint(proposed(running))
    assert "help_review" not in proposed(running, date(2027, 7, 9))
    assert "help_review" in proposed(running, date(2027, 7, 10))
    failed = replace(first, help=(replace(running.help[0], result="failed"),))
    found = proposed(failed, date(2027, 7, 20))
    assert found["persuasion_to_leave"].one_of == found["removal"].one_of == "leaving"
    assert found["removal"].heard_first
    improved = replace(first, help=(replace(running.help[0], result="improved"),))
    assert {"help_period", "help_review", "removal"}.isdisjoint(proposed(improved, date(2027, 7, 20)))


def test_a_help_period_of_another_year_says_nothing_about_this_one() -> None:
    old = HelpPeriod(2024, date(2025, 1, 10), date(2025, 7, 9), "failed")
    assert {"help_period"} <= set(proposed(make_subject("unqualified", help=(old,))))
    assert "removal" not in proposed(make_subject("unqualified", help=(old,)))


def test_an_open_case_is_not_proposed_again() -> None:
    assert "help_talk" not in proposed(make_subject("unqualified", open_cases=frozenset({"help_talk"})))


def test_a_gap_in_the_years_is_no_row() -> None:
    assert "alert_notice_repeated" not in proposed(
        make_subject("basically_qualified", history={2024: "unqualified"})
    )


def test_the_reasons_say_what_held() -> None:
    lines = proposed(make_subject("basically_qualified", "leading"))["step_down_warning"].reasons
    assert [line.text for line in lines] == ["2026 年度格次为“基本合格”", "系领导干部"]


def test_an_unknown_grade_is_refused() -> None:
    with pytest.raises(RuleError, match="superb"):
        propose(RULEBOOK, make_subject("superb"), ON)


@given(
    subjects(),
    st.frozensets(st.sampled_from(sorted(rule.code for rule in RULEBOOK.rules))),
    st.booleans(),
    st.booleans(),
)
def test_a_shield_holds_back_exactly_what_it_lists_within_its_period(
    subject: Subject, codes: frozenset[str], granted: bool, in_time: bool
) -> None:
    last = date(2027, 1, 31) if in_time else date(2027, 1, 14)
    shielded = replace(subject, shields=(Shield("case", codes, date(2027, 1, 1), last, granted),))
    for plain, one in zip(propose(RULEBOOK, subject, ON), propose(RULEBOOK, shielded, ON), strict=True):
        held = one.code in codes & SHIELDABLE and in_time
        assert one == (replace(plain, suspended_by="case", suspended_until=last) if held else plain)
        assert not (held and one.mechanism == "discipline")


def test_a_shield_holds_on_its_first_and_last_day() -> None:
    shield = Shield("case", frozenset({"demotion"}), date(2027, 1, 10), date(2027, 1, 20), True)
    subject = make_subject("unqualified", "leading", shields=(shield,))
    held = [bool(proposed(subject, date(2027, 1, day))["demotion"].suspended_by) for day in (9, 10, 20, 21)]
    assert held == [False, True, True, False]


def test_an_application_suspends_until_it_is_decided() -> None:
    asked = Shield("case", frozenset({"demotion"}), date(2027, 1, 1), None, False)
    found = proposed(make_subject("unqualified", "leading", shields=(asked,)), date(2028, 1, 1))
    assert (found["demotion"].suspended_by, found["demotion"].suspended_until) == ("case", None)
    assert not found["relief"].suspended_by


@pytest.mark.parametrize(
    ("codes", "last", "correction", "code"),
    [
        ({"demotion"}, date(2027, 12, 31), "年内整改", None),
        (set(), date(2027, 12, 31), "年内整改", "nothing"),
        ({"demotion", "discipline_referral"}, date(2027, 12, 31), "年内整改", "not_shieldable"),
        ({"law_referral"}, date(2027, 12, 31), "年内整改", "not_shieldable"),
        ({"no_such"}, date(2027, 12, 31), "年内整改", "not_shieldable"),
        ({"demotion"}, date(2028, 1, 1), "年内整改", "period"),
        ({"demotion"}, date(2026, 12, 31), "年内整改", "period"),
        ({"demotion"}, date(2027, 12, 31), " ", "correction"),
    ],
)
def test_a_grant_lists_outcomes_period_and_correction(
    codes: set[str], last: date, correction: str, code: str | None
) -> None:
    refusal = may_shield(RULEBOOK, frozenset(codes), date(2027, 1, 1), last, correction)
    assert (refusal.code if refusal else None) == code


def test_clocks_run_in_working_days_and_say_when_they_are_provisional() -> None:
    found = deadlines(RULEBOOK, "step_down_warning", CALENDAR, date(2026, 11, 20))
    assert (found.reply_by, found.hearing_by) == (date(2026, 11, 27), date(2026, 11, 27))
    assert (found.appeal_by, found.follow_up_on, found.certain) == (
        date(2026, 12, 11),
        date(2027, 5, 19),
        True,
    )
    assert not deadlines(RULEBOOK, "step_down_warning", CALENDAR, date(2026, 12, 25)).certain
    # Forty working days; into a year whose days off are not announced: provisional.
    correction = deadlines(RULEBOOK, "correction_notice", CALENDAR, date(2026, 11, 20))
    assert (correction.correct_by, correction.follow_up_on) == (date(2027, 1, 15), date(2027, 2, 18))
    assert not correction.certain
    assert found.correct_by is None
    none = deadlines(RULEBOOK, "material_reward", CALENDAR, date(2026, 11, 20))
    assert (none.reply_by, none.appeal_by, none.follow_up_on) == (None, None, None)
    with pytest.raises(RuleError):
        deadlines(RULEBOOK, "no_such", CALENDAR, date(2026, 11, 20))


def test_an_application_is_verified_and_then_decided() -> None:
    clocks = tolerance_deadlines(RULEBOOK, CALENDAR, date(2026, 11, 20))
    assert (clocks.verify_by, clocks.decide_by) == (date(2026, 12, 11), date(2026, 12, 25))


def change(code: str, /, **changes: Any) -> dict[str, Any]:
    document = outcomes_default()
    next(rule for rule in document["rules"] if rule["code"] == code).update(changes)
    return document


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (change("removal", when={"grade_in": ["unqualified"]}), "when.help"),
        (change("demotion", public=True), "public"),
        (change("discipline_referral", shieldable=True), "shieldable"),
        (change("demotion", when={"flags": ["law_breach"]}), "shieldable"),
        (change("discipline_referral", mechanism="step_down"), "mechanism"),
        (change("help_period", follow_up={"days": 366, "name": "评估"}), "follow_up.days"),
        (change("correction_notice", clocks={"correct": 65}), "follow_up.days"),
        (change("promotion", when={}), "when"),
        (change("promotion", when={"grade_in": ["superb"]}), "when.grade_in[0]"),
        (change("promotion", when={"flags": ["handsome"]}), "when.flags[0]"),
        (change("promotion", tier="township"), "tier"),
        (change("promotion", code="removal"), "code"),
        (change("promotion", clocks={"lunch": 1}), "clocks.lunch"),
        (change("promotion", second_person=False), "second_person"),
    ],
)
def test_a_rulebook_that_breaks_the_frame_is_refused_with_its_path(
    document: dict[str, Any], field: str
) -> None:
    with pytest.raises(DocumentError) as refused:
        parse_outcomes(document)
    assert refused.value.path.startswith("rules[") and refused.value.path.endswith(f"].{field}")


@pytest.mark.parametrize(
    ("when", "subject", "holds"),
    [
        ({"total_below": "60"}, make_subject(total=59_99), True),
        ({"total_below": "60"}, make_subject(total=60_00), False),
        (
            {"consecutive": {"grade_in": ["excellent"], "years": 3}},
            make_subject("excellent", history={2025: "excellent"}),
            False,
        ),
        (
            {"consecutive": {"grade_in": ["excellent"], "years": 3}},
            make_subject("excellent", history={2025: "excellent", 2024: "excellent"}),
            True,
        ),
        ({"lowest": 3}, make_subject(), False),
    ],
)
def test_totals_and_years_in_a_row_are_conditions_too(
    when: dict[str, Any], subject: Subject, holds: bool
) -> None:
    rulebook = parse_outcomes(change("promotion", when=when))
    assert ("promotion" in {one.code for one in propose(rulebook, subject, ON)}) == holds
