"""Cases of those who moved on, told wherever they are kept: what they know of them, as more is learnt."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.branch.roster.models import MOVED, Member
from services.branch.transfers.models import TransferWord
from services.branch.transfers.telling import say_cases
from services.branch.transfers.told_on import note_told
from shared.contracts.outcomes import CasesTold
from shared.contracts.transfers import CarriedCase, CarriedWord, TransferClosed
from shared.kit.db import among
from shared.kit.errors import Absent
from shared.kit.units import Unit
from shared.outcomes import wording
from shared.outcomes.desk import Desk, calendar, rule_of
from shared.outcomes.reading import Told, as_word, told
from shared.outcomes.saying import case_line
from shared.outcomes.voice import known_to_member
from shared.rules.outcomes import Deadlines, Rulebook, deadlines

# Words that say how a case came to stand as it does; what was said in between stays where it is settled.
KEPT = (
    "called",
    "stated",
    "heard",
    "decided",
    "confirmed",
    "acknowledged",
    "followed_up",
    "undone",
    "withdrawn",
)
# Of the others the text stays at the branch that heard it.
WITH_TEXT = ("decided", "followed_up", "undone")
SETTLED = ("in_force", "dropped", "undone")
_WENT = exists().where(
    TransferWord.unit_id == Member.unit_id,
    TransferWord.member_id == Member.id,
    TransferWord.kind == TransferClosed.KIND,
    TransferWord.out,
)


@dataclass(frozen=True)
class Carried:
    """Cases as they are told on; not `whole` while a rulebook that one of them stands on is missing here."""

    cases: list[CarriedCase] = field(default_factory=list)
    whole: bool = True


def follow_cases(session: Session, desk: Desk, said: Sequence[CasesTold], now: datetime) -> None:
    """What was just said about cases here, told on where the members have moved, come back since or not."""
    touched: dict[tuple[UUID, UUID], set[UUID]] = {}
    for one in said:
        for line in (*one.cases, *one.words):
            touched.setdefault((one.branch_id, line.member_id), set()).add(line.case_id)
    query = select(Member.unit_id, Member.id, Member.left_why, _WENT.label("went")).where(
        among(Member.unit_id, {unit for unit, _member in touched}),
        among(Member.id, {member for _unit, member in touched}),
    )
    # Who is being handed over this very moment takes along what was said, or is seen to have gone.
    query = query.order_by(Member.unit_id, Member.id).with_for_update(read=True, of=Member)
    for unit_id, member_id, left_why, went in session.execute(query).all() if touched else ():
        case_ids = touched.get((unit_id, member_id))
        if case_ids and (went or left_why == MOVED):
            carried = carried_cases(session, desk, unit_id, member_id, case_ids)
            say_cases(session, unit_id, member_id, carried.cases, now)
            if not carried.whole:
                note_told(session, unit_id, member_id, False, now)


def carried_cases(
    session: Session,
    desk: Desk,
    unit_id: UUID,
    member_id: UUID,
    case_ids: Collection[UUID] | None = None,
) -> Carried:
    """This branch's cases of a member, without what he has not been told of; all, or these."""
    cases = desk.cases
    query = select(cases).where(cases.unit_id == unit_id, cases.member_id == member_id)
    if case_ids is not None:
        query = query.where(among(cases.id, case_ids))
    fresh = {"populate_existing": True}
    rows = session.scalars(query.order_by(cases.opened_at, cases.id), execution_options=fresh).all()
    if not rows:
        return Carried()
    unit = session.get_one(Unit, unit_id)
    found, whole = [], True
    for one in filter(known_to_member, told(session, desk, rows)):
        # A rulebook still on its way after a restore must not keep the word itself from being taken in.
        try:
            found.append(_carried(unit, desk.rulebook(session, one.case.rulebook), one))
        except Absent:
            whole = False
    return Carried(found, whole)


def _carried(unit: Unit, rulebook: Rulebook, one: Told) -> CarriedCase:
    name, rule = wording.case_words(rulebook, one.case), rule_of(rulebook, one.case)
    until, appeal_by = _last_days(rulebook, one)
    moments = [one.case.opened_at, *(row.at for row in one.words)]
    return CarriedCase(
        case=case_line(one.case),
        branch_code=unit.code,
        branch_name=unit.name,
        name=[name.zh, name.en],
        clause=rule.clause if rule else "",
        state=one.stands.state,
        version=len(one.words),
        at=max(moments).isoformat(),
        until=until,
        appeal_by=appeal_by,
        words=_words(rulebook, one),
    )


def _words(rulebook: Rulebook, one: Told) -> list[CarriedWord]:
    """The last of each kind that holds: a decision that was sent back does not."""
    said = one.stands.said
    last = {row.kind: row for row in one.words if row.kind in KEPT and said.get(row.kind) == as_word(row)}
    if one.stands.decision is None:
        last.pop("decided", None)
    if one.stands.state not in SETTLED:
        last.pop("confirmed", None)
    return [_word(rulebook, row) for row in sorted(last.values(), key=lambda row: (row.at, row.id))]


def _word(rulebook: Rulebook, row: Any) -> CarriedWord:
    return CarriedWord(
        kind=row.kind,
        verdict=row.verdict,
        text=row.text if row.kind in WITH_TEXT else "",
        fixed=[[line.zh, line.en] for line in wording.fixed(rulebook, row.data)],
        data=row.data,
        by=wording.speaker_words(row).zh,
        at=row.at.isoformat(),
    )


def _last_days(rulebook: Rulebook, one: Told) -> tuple[str, str]:
    """Until when it holds as far as the rules say, and until when it may be appealed against."""
    begun = one.stands.in_force_on
    if begun is None or one.stands.state != "in_force" or one.case.sort == "appeal":
        return "", ""
    if one.case.sort == "tolerance":
        decision = one.stands.decision
        return (str(decision.data["last"]) if decision else ""), ""
    clocks: Deadlines = deadlines(rulebook, one.case.code, calendar(), begun)
    until = clocks.follow_up_on or clocks.correct_by
    return until.isoformat() if until else "", clocks.appeal_by.isoformat() if clocks.appeal_by else ""
