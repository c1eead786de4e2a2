"""The course of a case: whatever is said in whatever order, nothing has force without a second person."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.outcomes import CasesTold
from shared.outcomes.corrections import Graded, right_bases
from shared.outcomes.keeping import may_open, may_speak, own_words
from shared.rulebooks import appraisal_default, outcomes_default
from shared.rules.appraisal import later_bases, parse_appraisal
from shared.rules.outcomes import (
    SORTS,
    VERDICTS,
    WORDS,
    HelpPeriod,
    Shield,
    Subject,
    Word,
    may_say,
    next_words,
    parse_outcomes,
    read_subject,
    redraw,
    standing,
    subject_document,
)
from shared.rules.outcomes.given import proposals_digest, propose_for
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable

BOOK = parse_outcomes(outcomes_default())
APPRAISAL = parse_appraisal(appraisal_default())
DAY = date(2027, 3, 1)
PERSONS = st.sampled_from(("a", "b", "c"))
ALERT = BOOK.by_code["alert_notice"]

words = st.builds(
    Word,
    st.sampled_from(WORDS),
    PERSONS,
    st.just(DAY),
    st.sampled_from(("", "applied", "dropped", "granted", "refused", "upheld", "rejected", "improved")),
    st.sampled_from(("", "情况属实")),
)


@given(st.sampled_from(SORTS), st.lists(words, max_size=25))
def test_what_was_let_be_said_has_force_only_by_two_persons(sort, attempts):
    said = []
    for word in attempts:
        if may_say(sort, standing(said), word, ALERT) is None:
            said.append(word)
    found = standing(said)
    if found.state in ("in_force", "dropped"):
        assert found.decision.by != found.said["confirmed"].by
        assert found.decision.verdict in VERDICTS[sort]
    if sort == "tolerance" and found.decision is not None:
        assert found.said["verified"].by != found.decision.by
        if found.state in ("in_force", "dropped"):
            assert found.said["verified"].by != found.said["confirmed"].by, "three persons, as the page says"
    if sort == "outcome" and found.state == "in_force":
        assert "heard" in found.said, "what weighs on a member is decided after hearing him"


@given(st.sampled_from(SORTS), st.lists(words, max_size=25))
def test_words_out_of_turn_change_nothing(sort, attempts):
    """A word that may not follow, told by another tier all the same, leaves the case where it was."""
    found = standing(attempts)
    closed = standing([*attempts, Word("decided", "z", DAY, "applied")])
    if found.state in ("dropped", "undone", "withdrawn", "in_force"):
        assert closed.state == found.state


@given(st.sampled_from(SORTS), st.lists(words, max_size=12), PERSONS)
def test_what_is_offered_next_is_what_fits_the_state(sort, attempts, who):
    found = standing(attempts)
    for kind in next_words(sort, found, ALERT):
        refusal = may_say(sort, found, Word(kind, who, DAY, "", "情况属实"), ALERT)
        assert refusal is None or refusal.code not in ("state", "sort", "once")


def test_a_help_period_is_not_judged_before_it_is_over():
    rule = BOOK.by_code["help_period"]
    said = [Word("decided", "a", DAY, "applied"), Word("confirmed", "b", DAY)]
    early = Word("followed_up", "a", DAY + timedelta(days=179), "improved", "转化明显")
    assert may_say("outcome", standing(said), early, rule).code == "early"
    on_time = Word("followed_up", "a", DAY + timedelta(days=180), "improved", "转化明显")
    assert may_say("outcome", standing(said), on_time, rule) is None


def test_each_tier_says_only_what_is_its_own():
    assert may_speak("branch", "branch", "decided")
    assert not may_speak("branch", "county", "decided"), "a branch decides no case of the county"
    assert not may_speak("county", "branch", "confirmed"), "nor the county one of a branch"
    assert may_speak("county", "branch", "undone"), "but what an appeal undoes, it undoes everywhere"
    assert not may_speak("branch", "branch", "undone")
    assert may_speak("branch", "county", "acknowledged"), "a member answers at the branch"
    assert not any(may_speak("township", tier, kind) for tier in ("branch", "county") for kind in WORDS)
    assert may_open("branch", "appeal", "county")
    assert not may_open("county", "appeal", "county"), "nobody appeals for a member but at the branch"
    assert not may_open("branch", "outcome", "county")


def test_a_branch_tells_only_of_itself():
    told = CasesTold(UUID(int=2), "branch", [], [])
    common = {
        "stream": "up",
        "origin": UUID(int=1),
        "epoch": 1,
        "seq": 1,
        "hash": b"",
        "kind": CasesTold.KIND,
    }
    item = Received(
        **common, version=1, unit=UUID(int=1), created_at=None, digest=b"", payload=b"", body=told
    )
    with pytest.raises(Unacceptable):
        own_words([item])


def test_what_was_proposed_is_proposed_again_from_what_was_pinned():
    subject = Subject(
        member="m",
        name="合成",
        year=2026,
        grade="unqualified",
        total=40_00,
        flags=frozenset({"leading", "in_post"}),
        field="rural",
        history={2025: "basically_qualified"},
        place_in_grade=2,
        from_bottom=1,
        help=(HelpPeriod(2026, DAY, DAY + timedelta(days=180), "failed"),),
        open_cases=frozenset({"demotion"}),
        shields=(Shield("case", frozenset({"relief"}), DAY, None, False),),
    )
    pinned = subject_document(subject)
    proposals = propose_for(BOOK, "county", [subject], DAY)
    assert "demotion" not in {one.code for one in proposals}, "an open case is not proposed again"
    assert next(one for one in proposals if one.code == "relief").suspended_by == "case"
    assert {"persuasion_to_leave", "removal"} <= {one.code for one in proposals}
    assert redraw(BOOK, "county", [pinned], DAY) == proposals_digest(proposals)
    assert subject_document(read_subject(pinned)) == pinned


hundredths = st.integers(0, 400_00)


@given(
    st.lists(st.tuples(hundredths, st.integers(-50_00, 50_00), hundredths), min_size=1, max_size=6),
    hundredths,
)
def test_every_later_base_is_what_the_whole_chain_worked_out_anew_gives(years, first):
    """Whatever base a later year was graded on: put right before, or not yet, or by another appeal since."""
    earned = {2026 + at: one for at, (one, _points, _base) in enumerate(years)}
    points = {2026 + at: more for at, (_one, more, _base) in enumerate(years)}
    books = dict.fromkeys(earned, APPRAISAL)
    anew = later_bases(books, first, {year: one + points[year] for year, one in earned.items()})
    graded = [
        Graded(2026 + at, first if at == 0 else base, one) for at, (one, _points, base) in enumerate(years)
    ]
    assert right_bases(books, graded, points) == {one.year + 1: one.next_base for one in anew}
    assert right_bases(books, graded, {}) == {
        one.year + 1: one.next_base for one in later_bases(books, first, earned)
    }
