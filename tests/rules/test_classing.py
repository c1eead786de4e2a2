"""Classing of units (分类定级, M42) by the rule that grades members: caps, order, thresholds, entries."""

import json
import random
from dataclasses import replace
from datetime import date
from uuid import UUID

import msgspec
import pytest

from shared.contracts.appraisal import TallyLine, TieWord
from shared.contracts.classing import EntryLine, UnitInput
from shared.contracts.reclass import classes_of, classing_digest, figures_of, reclass
from shared.rulebooks import shipped_text
from shared.rules.appraisal import parse_appraisal
from shared.rules.document import DocumentError
from shared.rules.points.scheme import parse_scheme
from shared.rules.words import RuleError

BOOK = parse_appraisal(json.loads(shipped_text("appraisal_organisations_default")))
SCHEME = parse_scheme(json.loads(shipped_text("points_organisations")))
GOOD = TallyLine(20, 20, {"good": 18, "fairly_good": 2})
SATISFIED = TallyLine(30, 30, {"satisfied": 30})
ITEMS = ("theme_day", "lecture", "matter", "commitment_done", "project", "late_return", "care", "place_open")


def unit(number, months=140_00, **given):
    known = {
        "unit_id": UUID(int=number),
        "base": 60_00,
        "months": months,
        "bonus": 0,
        "deductions": 0,
        "standard": 200_00,
        "members": GOOD,
        "masses": SATISFIED,
        "skip_reason": "",
        "check": "true",
        "opinion": "good",
        "problems": [],
        "entries": [],
    }
    return UnitInput(**{**known, **given})


def best(made):
    return [one for one in made.grading.results if one.grade == "good"]


@pytest.mark.parametrize("many", range(1, 201))
def test_the_best_class_never_exceeds_its_share_whatever_the_number(many):
    made = reclass(BOOK, [unit(n, 140_00 + n) for n in range(1, many + 1)], [])
    assert len(best(made)) == made.grading.seats == many // 3
    assert not made.grading.undecided
    ranked = sorted(made.grading.results, key=lambda one: one.rank)
    assert [one.grade for one in ranked[: many // 3]] == ["good"] * (many // 3)


@pytest.mark.parametrize("many", [1, 2, 3, 20, 43])
def test_equals_at_the_cut_wait_for_a_meeting_whose_reason_is_kept(many):
    inputs = [unit(n) for n in range(1, many + 1)]
    made = reclass(BOOK, inputs, [])
    seats = many // 3
    assert [(len(one.members), one.seats) for one in made.grading.undecided] == (
        [(many, seats)] if seats else []
    )
    if seats:
        order = [one.unit_id for one in reversed(inputs)]
        decided = reclass(BOOK, inputs, [TieWord(order, "会议票决")])
        assert {UUID(one.member) for one in best(decided)} == set(order[:seats])
        assert any("会议票决" in line.text for line in decided.by_member[order[0]].lines)
        with pytest.raises(RuleError):
            reclass(BOOK, inputs, [TieWord(order, " ")])


def test_order_of_arrival_changes_no_class_and_no_digest():
    chance = random.Random(7)
    inputs = [unit(n, chance.randrange(0, 180_00), entries=entries(chance)) for n in range(1, 40)]
    expected = classes_of(reclass(BOOK, inputs, []))
    known = classing_digest(BOOK, SCHEME, inputs, [])
    for _ in range(10):
        mixed = [replaced(one, chance) for one in chance.sample(inputs, len(inputs))]
        assert sorted(classes_of(reclass(BOOK, mixed, [])), key=str) == sorted(expected, key=str)
        assert classing_digest(BOOK, SCHEME, mixed, []) == known
    other = [msgspec.structs.replace(inputs[0], base=inputs[0].base + 1), *inputs[1:]]
    assert classing_digest(BOOK, SCHEME, other, []) != known


def replaced(one, chance):
    return msgspec.structs.replace(one, entries=chance.sample(one.entries, len(one.entries)))


def entries(chance, many=30):
    return [
        EntryLine(
            UUID(int=chance.getrandbits(120)),
            chance.choice(ITEMS),
            date(2026, chance.randrange(1, 13), chance.randrange(1, 29)),
            chance.choice((50, 100, 150, 300)),
        )
        for _ in range(many)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_what_entries_come_to_is_a_function_of_their_set(seed):
    chance = random.Random(seed)
    given = entries(chance)
    expected = figures_of(SCHEME, given)
    assert figures_of(SCHEME, chance.sample(given, len(given))) == expected
    assert figures_of(SCHEME, [*given, *given[:9]]) == expected
    assert expected.deductions >= 0 and expected.bonus <= 30_00


def test_one_signal_alone_never_makes_the_last_class():
    poor = TallyLine(20, 20, {"poor": 20})
    lonely = [unit(1, 0, base=0), unit(2, members=poor), unit(3, opinion="poor")]
    made = reclass(BOOK, lonely, [])
    assert {one.grade for one in made.grading.results} == {"fair"}
    both = reclass(BOOK, [unit(1, 0, base=0, opinion="poor")], [])
    assert [one.grade for one in both.grading.results] == ["poor"]


def test_a_unit_says_for_itself_why_no_mass_review_was_held():
    made = reclass(BOOK, [unit(1, masses=None, skip_reason="机关支部没有服务对象"), unit(2)], [])
    assert any("机关支部没有服务对象" in line.text for line in made.by_member[UUID(int=1)].lines)
    with pytest.raises(RuleError):
        reclass(BOOK, [unit(1, masses=None)], [])


def test_words_speak_of_units_and_not_of_people():
    made = reclass(BOOK, [unit(n, 140_00 + n) for n in range(1, 4)], [])
    assert any("参评 3 个的 1/3" in line.text for line in made.by_member[UUID(int=3)].lines)


def test_the_section_of_days_is_read_checked_and_may_be_left_out():
    document = json.loads(shipped_text("appraisal_organisations_default"))
    assert (BOOK.classing.publicity_days, BOOK.classing.rectify) == (5, ("poor",))
    older = {key: value for key, value in document.items() if key != "classing"}
    assert parse_appraisal(older).classing == BOOK.classing
    wrong = {**document, "classing": {**document["classing"], "rectify": ["awful"]}}
    with pytest.raises(DocumentError) as refused:
        parse_appraisal(wrong)
    assert refused.value.path == "classing.rectify[0]"
    assert replace(BOOK.classing, rectify_days=1) != BOOK.classing
