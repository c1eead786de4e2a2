"""Whole seats from percentages."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rules.apportionment import apportion

SHIPPED = tuple(map(Decimal, ("10", "45", "35", "10")))


@st.composite
def shares(draw: st.DrawFn) -> tuple[Decimal, ...]:
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), min_size=1, max_size=6)))
    edges = [0, *cuts, 10_000]
    return tuple(Decimal(b - a) / 100 for a, b in pairwise(edges))


@pytest.mark.parametrize(
    ("villages", "seats"),
    [
        (251, (25, 113, 88, 25)),
        (243, (24, 110, 85, 24)),
        (0, (0, 0, 0, 0)),
        (1, (0, 1, 0, 0)),
        (2, (0, 1, 1, 0)),
        (10, (1, 5, 3, 1)),
    ],
)
def test_the_counties_of_the_sources_get_their_seats(villages: int, seats: tuple[int, ...]) -> None:
    assert apportion(villages, SHIPPED) == seats


def test_equal_remainders_go_to_the_better_tier_unless_the_rulebook_says_otherwise() -> None:
    halves = (Decimal(50), Decimal(50))
    assert apportion(3, halves, "better_tier") == (2, 1)
    assert apportion(3, halves, "worse_tier") == (1, 2)


@pytest.mark.parametrize("bad", [("10", "45", "35", "11"), ("110", "-10")])
def test_shares_that_do_not_make_a_hundred_are_refused(bad: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="sum to 100"):
        apportion(10, tuple(map(Decimal, bad)))


@given(st.integers(0, 5_000), shares(), st.sampled_from(["better_tier", "worse_tier"]))
def test_every_seat_is_given_and_no_tier_is_a_whole_seat_from_its_quota(
    n: int, parts: tuple[Decimal, ...], rule: str
) -> None:
    seats = apportion(n, parts, rule)
    assert sum(seats) == n
    assert all(abs(seat - Fraction(part) * n / 100) < 1 for seat, part in zip(seats, parts, strict=True))


@given(st.integers(0, 5_000), shares())
def test_the_rule_for_equal_remainders_only_ever_moves_seats_towards_its_side(
    n: int, parts: tuple[Decimal, ...]
) -> None:
    better, worse = apportion(n, parts, "better_tier"), apportion(n, parts, "worse_tier")
    reach = 0
    for up, down in zip(better, worse, strict=True):
        reach += up - down
        assert reach >= 0
