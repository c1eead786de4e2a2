"""An upheld appeal makes nothing worse, and breaks no cap."""

import pytest

from shared.rules.appraisal import Held, may_correct

from .appraised import GRADES, RULEBOOK

EXCELLENT, QUALIFIED, BASIC, _UNQUALIFIED = GRADES


def asked(before: Held, after: Held, others: int = 0) -> str:
    """The refusal's code for a branch of ten, '' where there is none."""
    refusal = may_correct(RULEBOOK, before, after, 10, others)
    return refusal.code if refusal else ""


@pytest.mark.parametrize("grade", GRADES)
def test_points_are_never_taken_away_nor_what_an_earlier_appeal_gave(grade: str) -> None:
    assert asked(Held(grade, 0), Held(grade, -1)) == "worse"
    assert asked(Held(grade, 3_00), Held(grade, 2_99)) == "worse"
    assert asked(Held(grade, 3_00), Held(grade, 3_01)) == ""


@pytest.mark.parametrize("grade", GRADES)
def test_an_appeal_that_changes_nothing_is_not_upheld(grade: str) -> None:
    for points in (0, 3_00):
        refusal = may_correct(RULEBOOK, Held(grade, points), Held(grade, points), 10, 0)
        assert refusal is not None
        assert (refusal.code, "申诉不成立" in refusal.message) == ("nothing", True)


def test_a_grade_may_stay_or_rise_and_never_falls() -> None:
    for at, now in enumerate(GRADES):
        for place, then in enumerate(GRADES):
            expected = "worse" if place > at else "" if place < at else "nothing"
            assert asked(Held(now, 0), Held(then, 0)) == expected


def test_who_has_no_grade_may_be_given_one_of_the_rulebook() -> None:
    assert asked(Held(None, 0), Held(BASIC, 0)) == ""
    assert asked(Held(None, 0), Held("superb", 0)) == "grade"


def test_the_best_grade_needs_a_free_seat_and_the_refusal_gives_the_figures() -> None:
    seats = RULEBOOK.cap_seats(10)
    assert asked(Held(QUALIFIED, 0), Held(EXCELLENT, 0), seats - 1) == ""
    assert asked(Held(EXCELLENT, 0), Held(EXCELLENT, 5_00), seats) == "", "who holds it keeps it"
    refusal = may_correct(RULEBOOK, Held(QUALIFIED, 0), Held(EXCELLENT, 0), 10, seats)
    assert refusal is not None
    assert f"10 人，最多 {seats} 人，现已有 {seats} 人" in refusal.message
    assert "请改定为" in refusal.message
