"""The appraisal year: each step closed before the next, refusals name what is missing."""

from datetime import date
from typing import Any

import pytest

from shared.rules.appraisal import STEPS, Facts, Quorum, may_close, may_close_year, may_skip, next_step
from shared.rules.words import RuleError

from .appraised import RULEBOOK

TODAY = date(2026, 12, 20)
COMPLETE: dict[str, Any] = {
    "members_quorum": Quorum(True, 11, 20),
    "masses_quorum": Quorum(True, 10, 30),
    "publicity_until": date(2026, 12, 19),
    "confirmed": True,
}


def before(step: str) -> frozenset[str]:
    return frozenset(STEPS[: STEPS.index(step)])


def facts_at(step: str, **changes: Any) -> Facts:
    return Facts(TODAY, before(step), **(COMPLETE | changes))


def test_a_year_goes_through_all_steps_in_order() -> None:
    closed: frozenset[str] = frozenset()
    for code in STEPS:
        step = next_step(RULEBOOK, closed)
        assert step is not None and step.code == code
        assert may_close(RULEBOOK, code, Facts(TODAY, closed, **COMPLETE)) is None
        closed |= {code}
    assert next_step(RULEBOOK, closed) is None


@pytest.mark.parametrize("step", STEPS[1:])
def test_no_step_closes_before_the_one_ahead_of_it(step: str) -> None:
    short = before(step) - {STEPS[STEPS.index(step) - 1]}
    refusal = may_close(RULEBOOK, step, Facts(TODAY, short, **COMPLETE))
    assert refusal is not None and refusal.code == "earlier_open"
    assert refusal.missing[0] in refusal.message


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ("self_report", "without_report"),
        ("organisation_check", "without_check"),
        ("opinion", "without_opinion"),
        ("appraisal_points", "without_points"),
        ("appraisal_points", "undecided_ties"),
        ("publicity", "open_objections"),
        ("feedback", "unsigned_feedback"),
        ("outcomes", "open_outcomes"),
        ("next_base", "without_base"),
        ("rectification", "open_rectifications"),
    ],
)
def test_what_is_missing_is_named(step: str, field: str) -> None:
    names = ("甲", "乙", "丙", "丁")
    refusal = may_close(RULEBOOK, step, facts_at(step, **{field: names}))
    assert refusal is not None
    assert (refusal.code, refusal.missing) == (field, names)
    counter = "项" if field.startswith("open_") else "人"
    assert f"甲、乙、丙等 4 {counter}" in refusal.message and "1 more" in refusal.message_en


@pytest.mark.parametrize(
    ("months", "said", "said_en"),
    [
        (range(4, 13), "2026 年 4 至 12 月", "2026-04 to 2026-12"),
        ((12,), "2026 年 12 月", "2026-12"),
        ((1, 3, 4, 5, 9), "2026 年 1 月、3 至 5 月、9 月", "2026-01, 2026-03 to 2026-05, 2026-09"),
    ],
)
def test_months_that_are_missing_are_told_as_runs(months, said, said_en) -> None:
    names = tuple(f"2026-{month:02}" for month in months)
    refusal = may_close(RULEBOOK, "december_statement", facts_at("december_statement", open_months=names))
    assert refusal is not None
    assert (refusal.code, refusal.missing) == ("open_months", names)
    assert refusal.message.endswith(f"：{said}")
    assert refusal.message_en.endswith(f": {said_en}")


@pytest.mark.parametrize(
    ("step", "changes", "code"),
    [
        ("members_ballot", {"members_quorum": None}, "not_counted"),
        ("members_ballot", {"members_quorum": Quorum(False, 11, 10)}, "no_quorum"),
        ("mass_review", {"masses_quorum": Quorum(False, 10, 3)}, "no_quorum"),
        ("publicity", {"publicity_until": None}, "not_published"),
        ("publicity", {"publicity_until": TODAY}, "publicity_running"),
        ("township_confirmation", {"confirmed": False}, "unconfirmed"),
    ],
)
def test_ballots_publicity_and_confirmation_have_their_own_bars(
    step: str, changes: dict[str, Any], code: str
) -> None:
    refusal = may_close(RULEBOOK, step, facts_at(step, **changes))
    assert refusal is not None and refusal.code == code


def test_only_the_mass_review_may_be_skipped_and_only_with_a_reason() -> None:
    for step in STEPS:
        refusal = may_skip(RULEBOOK, step, "村民大多外出务工", before(step))
        assert (refusal is None) == (step == "mass_review")
    silent = may_skip(RULEBOOK, "mass_review", " ", before("mass_review"))
    early = may_skip(RULEBOOK, "mass_review", "理由", frozenset())
    assert silent is not None and silent.code == "reason"
    assert early is not None and early.code == "earlier_open"


@pytest.mark.parametrize(("box", "told"), [("open", "票箱还开着"), ("counted", "已经计票")])
def test_a_vote_that_is_held_is_not_left_out(box: str, told: str) -> None:
    refusal = may_skip(RULEBOOK, "mass_review", "村民大多外出务工", before("mass_review"), box=box)
    assert refusal is not None and refusal.code == f"ballot_{box}"
    assert told in refusal.message


def test_a_year_closes_when_every_unit_has_carried_its_base_though_rectification_goes_on() -> None:
    done = before("rectification")
    assert may_close_year(RULEBOOK, {"东街支部": done, "西街支部": frozenset(STEPS)}) is None
    refusal = may_close_year(RULEBOOK, {"东街支部": done, "西街支部": before("outcomes")})
    assert refusal is not None and refusal.missing == ("西街支部：结果运用",)


def test_a_closed_step_stays_closed_and_an_unknown_one_is_refused() -> None:
    refusal = may_close(RULEBOOK, "self_report", Facts(TODAY, before("opinion")))
    assert refusal is not None and refusal.code == "closed"
    with pytest.raises(RuleError):
        may_close(RULEBOOK, "siesta", Facts(TODAY))
