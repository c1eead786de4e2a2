"""From a cell to points."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rules.contest import BadValue, hundredths_text, read_value, score_value
from shared.rules.rulebook_values import Indicator

from .makers import make_document, make_indicator, make_rulebook


def indicator(weight: str = "10", **changes: Any) -> Indicator:
    rest = make_indicator("rest", "其余", "economy", str(Decimal(100) - Decimal(weight)))
    one = make_indicator("one", "一项", "party", weight, **changes)
    return make_rulebook(indicators=[one, rest]).by_code["one"]


def test_half_a_hundredth_rounds_up() -> None:
    third = indicator("10", scoring={"linear": {"zero": "0", "full": "80"}}, places=2)
    assert score_value(third, "0.04") == 1  # 0.5 hundredths
    assert score_value(third, "0.03") == 0  # 0.375 hundredths
    assert score_value(indicator("10"), "97.5") == 975


def test_a_line_stops_at_zero_and_at_the_weight() -> None:
    line = indicator("8", scoring={"linear": {"zero": "60", "full": "90"}})
    assert [score_value(line, text) for text in ("0", "60", "75", "90", "100")] == [0, 0, 400, 800, 800]


def test_where_lower_is_better_the_line_falls() -> None:
    line = indicator("8", direction="lower", scoring={"linear": {"zero": "50", "full": "10"}})
    assert [score_value(line, text) for text in ("5", "10", "30", "50", "60")] == [800, 800, 400, 0, 0]


def test_steps_give_the_points_of_the_best_step_reached() -> None:
    stars = indicator(
        "10", places=0, scoring={"steps": [{"at": "3", "points": "6"}, {"at": "5", "points": "10"}]}
    )
    assert [score_value(stars, text) for text in ("2", "3", "4", "5", "6")] == [0, 600, 600, 1000, 1000]


def test_steps_where_lower_is_better() -> None:
    cases = indicator(
        "10",
        direction="lower",
        places=0,
        scoring={"steps": [{"at": "0", "points": "10"}, {"at": "2", "points": "4"}]},
    )
    assert [score_value(cases, text) for text in ("0", "1", "2", "3")] == [1000, 400, 400, 0]


def test_yes_and_no_in_both_languages() -> None:
    asked = indicator("10", scoring={"yes_no": {"yes": "10", "no": "2.5"}})
    assert [score_value(asked, text) for text in ("是", "yes", "否", " No ")] == [1000, 1000, 250, 250]
    with pytest.raises(BadValue, match="write 是 or 否"):
        score_value(asked, "也许")


def test_full_width_digits_from_a_chinese_keyboard_are_digits() -> None:
    assert read_value(indicator(), "９７．５") == Decimal("97.5")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "fill it in"),
        ("12a", "digits only"),
        ("1,200", "without commas"),
        ("95%", "without commas, units or %"),
        ("1E2", "digits only"),
        ("nan", "digits only"),
        ("=1+1", "digits only"),
        ("97.555", "at most 2 decimals"),
        ("-1", "from 0 to 100"),
        ("101", "from 0 to 100"),
    ],
)
def test_a_bad_cell_says_what_to_write(text: str, advice: str) -> None:
    with pytest.raises(BadValue, match=advice) as caught:
        score_value(indicator(), text)
    assert caught.value.message  # the same in Chinese, for the portals


def test_zeros_after_the_last_decimal_are_no_decimals() -> None:
    assert score_value(indicator(places=0), "97.00") == 970


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_better_value_never_scores_less_and_points_stay_within_the_weight(a: int, b: int) -> None:
    line = make_rulebook().by_code["income"]
    low, high = sorted((a, b))
    points = [score_value(line, hundredths_text(value)) for value in (low, high)]
    assert 0 <= points[0] <= points[1] <= line.weight


def test_points_are_written_with_two_decimals() -> None:
    assert [hundredths_text(points) for points in (0, 5, 8840, 10000, 10001, -5)] == [
        "0.00",
        "0.05",
        "88.40",
        "100.00",
        "100.01",
        "-0.05",
    ]


def test_the_document_maker_is_a_valid_rulebook() -> None:
    assert make_rulebook(**make_document()).hash
