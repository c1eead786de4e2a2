"""Figures beside last year's and the neighbours': what is doubted, and what is not."""

import json
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from services.township.verification.comparing import Comparison, Doubt, against_neighbours, percent
from shared.rulebooks import contest_default_bytes
from shared.rules.rulebook import parse_rulebook

BOOK = parse_rulebook(json.loads(contest_default_bytes()))
CODE = "collective_income"


def row(number: int, value: str, town: int = 1) -> Any:
    figures = {CODE: value}
    village = SimpleNamespace(id=UUID(int=number), parent_id=UUID(int=town))
    return SimpleNamespace(village=village, figures=figures, received=SimpleNamespace(values=figures))


def line(values: list[str], before: str = "", other_town: str = "") -> Any:
    """The income of the first of `values`, the rest its neighbours."""
    table = [row(n, value) for n, value in enumerate(values, 1)]
    if other_town:
        table.append(row(99, other_town, town=2))
    compared = Comparison(BOOK, table, {UUID(int=1): {CODE: before}} if before else {})
    return next(one for one in compared.lines(table[0]) if one.indicator.code == CODE)


def test_the_neighbours_are_the_other_villages_of_the_same_township() -> None:
    found = line(["50", "10", "20", "40"], other_town="75").neighbours
    assert (found.middle, found.lowest, found.highest, found.count) == (20, 10, 40, 3)
    assert line(["50"]).neighbours is None
    assert line(["50", "50"]).neighbours.count == 1, "an equal neighbour stays"


@pytest.mark.parametrize(
    ("now", "before", "doubts"),
    [
        ("15", "10", ()),
        ("15.1", "10", (Doubt("more", 51),)),
        ("4.9", "10", (Doubt("less", 51),)),
        ("5", "0", (Doubt("from_zero", 100),)),
        ("0", "0", ()),
        ("rubbish", "10", ()),
        ("15", "rubbish", ()),
    ],
)
def test_a_change_is_doubted_only_past_the_limit(now: str, before: str, doubts: tuple[Doubt, ...]) -> None:
    assert line([now], before).doubts == doubts


@pytest.mark.parametrize(
    ("values", "doubts"),
    [
        (["44", "10", "20", "40"], ()),
        (["45", "10", "20", "40"], (Doubt("above", 13),)),
        (["9", "10", "20", "40"], ()),
        (["8", "10", "20", "40"], (Doubt("below", 20),)),
        (["75", "10", "20"], ()),
    ],
)
def test_a_figure_beyond_the_neighbours_is_doubted_where_there_are_three_of_them(
    values: list[str], doubts: tuple[Doubt, ...]
) -> None:
    assert line(values).doubts == doubts


def test_percent_is_whole_and_says_nothing_from_nothing() -> None:
    assert percent(Decimal(1), Decimal(0)) is None
    assert percent(Decimal("10.05"), Decimal(10)) == 1
    assert against_neighbours(None, None) == ()
