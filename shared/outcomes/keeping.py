"""Cases and words that arrive from another tier: checked for who may say what, kept, and folded."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Integer, String, bindparam, select, text
from sqlalchemy.orm import Session

from shared.contracts.outcomes import CaseLine, CasesTold, WordLine
from shared.kit.db import among, ids_given, insert_rows
from shared.outcomes.desk import Desk
from shared.outcomes.reading import as_word, words_of
from shared.rules.outcomes import NOBODY, STANDING_IN, Referral, office, referral, standing
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable

# One statement however many cases: a county decides them by the ten thousand.
_REFOLDED = text(
    "UPDATE outcome_case SET state = new.state, version = new.version,"
    " referred_to = new.referred_to, referred_whole = new.referred_whole"
    " FROM unnest(:ids, :states, :versions, :to, :whole)"
    " AS new(id, state, version, referred_to, referred_whole) WHERE outcome_case.id = new.id"
).bindparams(
    ids_given("ids"),
    bindparam("states", type_=ARRAY(String)),
    bindparam("versions", type_=ARRAY(Integer)),
    bindparam("to", type_=ARRAY(String)),
    bindparam("whole", type_=ARRAY(Boolean)),
)


def may_speak(tier: str, case_tier: str, kind: str, stands_in: Referral = NOBODY) -> bool:
    """Whether a word of this kind about a case of `case_tier` may come from `tier`."""
    whose = office(case_tier, kind, stands_in)
    # A general branch has no portal of its own: what it says goes up with the branch's words.
    return tier == ("branch" if whose == "general" else whose)


def may_open(tier: str, sort: str, case_tier: str) -> bool:
    """Whether `tier` may open such a case: members apply and appeal at their branch, the county decides."""
    return tier == case_tier if sort == "outcome" else tier == "branch" and case_tier == "county"


def own_words(received: Sequence[Received]) -> list[CasesTold]:
    """What branches told, each about itself. Raises Unacceptable for a branch that speaks for another."""
    if any(item.body.branch_id != item.unit for item in received):
        raise Unacceptable("a branch tells cases of another branch")
    return [item.body for item in received]


def keep_passed(session: Session, desk: Desk, told: Sequence[CasesTold]) -> None:
    """Keep, in order, what came up through a township: branches' own words, and the township's for them."""
    if any(one.tier not in ("branch", "township") for one in told):
        raise Unacceptable("another tier's words come up")
    for speaker, part in groupby(told, key=lambda one: one.tier):
        keep(session, desk, list(part), speaker=speaker)


def keep(session: Session, desk: Desk, told: Sequence[CasesTold], *, speaker: str) -> None:
    """Keep what `speaker` (a tier) told; a repeat changes nothing. Raises Unacceptable where it may not."""
    cases = [(one.branch_id, line) for one in told for line in one.cases]
    words = [(one.branch_id, line) for one in told for line in one.words]
    if any(one.tier != speaker for one in told):
        raise Unacceptable(f"a {speaker} speaks as another tier")
    for _unit, line in cases:
        if not may_open(speaker, line.sort, line.tier):
            raise Unacceptable(f"a {speaker} opens a case of sort {line.sort} for {line.tier}")
    if cases:
        insert_rows(session, desk.cases, [case_row(unit, line) for unit, line in cases], once="id")
    if words:
        hold(session, desk, {line.case_id for _unit, line in words})
        _check(session, desk, words, speaker)
        insert_rows(session, desk.words, [word_row(unit, line, speaker) for unit, line in words], once="id")
        refold(session, desk, {line.case_id for _unit, line in words})


def _check(session: Session, desk: Desk, words: Iterable[tuple[UUID, WordLine]], speaker: str) -> None:
    wanted = {line.case_id for _unit, line in words}
    query = select(desk.cases.id, desk.cases.unit_id, desk.cases.tier, desk.cases.member_id)
    known = {row.id: row for row in session.execute(query.where(desk.cases.id.in_(wanted)))}
    before = words_of(session, desk, wanted)
    held = {row.id for rows in before.values() for row in rows}
    stands_in = {case: referral(standing(map(as_word, rows))) for case, rows in before.items()}
    for unit, line in words:
        case = known.get(line.case_id)
        if case is None or (case.unit_id, case.member_id) != (unit, line.member_id):
            raise Unacceptable("a word about a case that is not this branch's")
        # A repeat was let in when it first came.
        if line.word_id not in held and not may_speak(speaker, case.tier, line.kind, stands_in[case.id]):
            raise Unacceptable(f"a {speaker} may not say '{line.kind}' about a case of the {case.tier}")
        if line.kind == "referred":
            stands_in[case.id] = _referral(line)


def _referral(line: WordLine) -> Referral:
    to, whole = line.data.get("to"), line.data.get("whole")
    if to not in ("", *STANDING_IN) or not isinstance(whole, bool):
        raise Unacceptable("a case is handed up to nobody")
    return Referral(to, whole)


def hold(session: Session, desk: Desk, case_ids: Collection[UUID]) -> None:
    """Lock these cases, in the order of their ids, before their words are read.

    Otherwise a word said meanwhile would be missing from the state written here, for good.
    """
    query = select(desk.cases.id).where(among(desk.cases.id, case_ids)).order_by(desk.cases.id)
    session.execute(query.with_for_update(key_share=True))


def refold(session: Session, desk: Desk, case_ids: Collection[UUID]) -> dict[UUID, tuple[str, int]]:
    """Bring `state` and `version` of these cases up to what their words say; both by case."""
    hold(session, desk, case_ids)
    folded = []
    for case_id, words in words_of(session, desk, case_ids).items():
        stands = standing(map(as_word, words))
        folded.append((case_id, stands.state, len(words), *astuple(referral(stands))))
    ids, states, versions, to, whole = map(list, zip(*folded, strict=True)) if folded else ([],) * 5
    said = {"ids": ids, "states": states, "versions": versions, "to": to, "whole": whole}
    session.connection().execute(_REFOLDED, said)
    return {case_id: (state, version) for case_id, state, version, *_above in folded}


def case_row(unit_id: UUID, line: CaseLine) -> dict[str, Any]:
    """A case as its table keeps it."""
    return {
        **told_of(line),
        "unit_id": unit_id,
        "run_id": None,
        "state": "open",
        "version": 0,
        "referred_to": "",
        "referred_whole": False,
    }


def told_of(line: CaseLine) -> dict[str, Any]:
    """What a telling says of a case, by the names of the columns that keep it."""
    return {
        "id": line.case_id,
        "member_id": line.member_id,
        "year": line.year,
        "sort": line.sort,
        "tier": line.tier,
        "code": line.code,
        "against": line.against,
        "rulebook": line.rulebook,
        "reasons": line.reasons,
        "text": line.text,
        "codes": line.codes,
        "opened_by": line.opened_by,
        "opened_at": datetime.fromisoformat(line.opened_at),
    }


def word_row(unit_id: UUID, line: WordLine, tier: str, by_id: UUID | None = None) -> dict[str, Any]:
    """A word as its table keeps it."""
    return {
        "id": line.word_id,
        "case_id": line.case_id,
        "unit_id": unit_id,
        "member_id": line.member_id,
        "kind": line.kind,
        "verdict": line.verdict,
        "text": line.text,
        "data": line.data,
        "tier": tier,
        "by": line.by,
        "by_id": by_id,
        "at": datetime.fromisoformat(line.at),
    }
