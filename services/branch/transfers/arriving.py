"""What followed somebody who came here, as it arrives: kept, and said on where the member has moved on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.branch.commitments.models import Commitment, Progress
from services.branch.outcomes.corrected import correct_bases, keep_correction
from services.branch.outcomes.models import OutcomeCase
from services.branch.roster.models import Member
from services.branch.transfers.brought import keep_case
from services.branch.transfers.following import recover_handed_on
from services.branch.transfers.models import BroughtGrade
from services.branch.transfers.reading import transfer_of
from services.branch.transfers.telling import say_cases, say_on
from shared.contracts.transfers import CarriedCase, CarriedCommitment, CarriedGrade, MemberFollowed
from shared.kit.db import among
from shared.kit.errors import Absent
from shared.kit.units import Unit
from shared.outcomes.corrections import Corrected
from shared.sync.records import Received
from shared.sync.refusal import OutOfScope


def receive_followed(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep grades, corrections, commitments, cases of those who came here. Raises OutOfScope for others."""
    _hold(session, received)
    for item in received:
        body: MemberFollowed = item.body
        _require_came(session, item.unit, body)
        here = session.get_one(Unit, item.unit).code
        # Who comes back brings what this branch gave itself: it has the grade with all that it stands on.
        for grade in (one for one in body.grades if one.branch_code != here):
            _keep_grade(session, item.unit, body, grade)
        for one in body.corrections:
            put_right = Corrected(one.case_id, one.year, one.grade, one.points)
            keep_correction(session, item.unit, body.member_id, put_right, datetime.fromisoformat(one.at))
            correct_bases(session, item.unit, body.member_id, one.case_id, now)
        for commitment in body.commitments:
            _keep_commitment(session, item.unit, body, commitment)
        # Who has gone on from here is told of there; commitments were handed on with what was open here.
        on = {"grades": body.grades, "corrections": body.corrections}
        say_on(session, item.unit, body.member_id, **on, by=body.by, now=now)
        others = [one for one in body.cases if one.branch_code != here]
        news = [
            one for one in _not_own(session, item.unit, others) if keep_case(session, item.unit, body, one)
        ]
        # Only what is news goes on: a word that has been everywhere comes to rest.
        said = {"by": body.by, "heard_from": body.origin_code}
        say_cases(session, item.unit, body.member_id, news, now, **said)


def _hold(session: Session, received: Sequence[Received]) -> None:
    """Who is being handed over this very moment takes along what arrives, or is seen to have gone."""
    units, members = {item.unit for item in received}, {item.body.member_id for item in received}
    query = select(Member.id).where(among(Member.unit_id, units), among(Member.id, members))
    session.execute(query.order_by(Member.unit_id, Member.id).with_for_update(read=True))


def _not_own(session: Session, unit_id: UUID, cases: Sequence[CarriedCase]) -> list[CarriedCase]:
    """Without what this branch settles itself, whoever tells of it: its own case is the truth."""
    asked = among(OutcomeCase.id, {one.case.case_id for one in cases})
    query = select(OutcomeCase.id).where(OutcomeCase.unit_id == unit_id, asked)
    own = set(session.scalars(query)) if cases else set()
    return [one for one in cases if one.case.case_id not in own]


def recover_followed(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own words that come back after a restore."""
    for item in received:
        recover_handed_on(session, item.body.transfer_id, item.body.commitments)


def _require_came(session: Session, unit_id: UUID, body: MemberFollowed) -> None:
    try:
        found = transfer_of(session, unit_id, body.transfer_id)
    except Absent as error:
        raise OutOfScope("it follows a transfer that is not this branch's") from error
    came = not found.out and found.state == "closed" and found.offered.origin_code == body.origin_code
    if not came or found.member_id != body.member_id:
        raise OutOfScope("it follows a member who did not come with this transfer")


def _keep_grade(session: Session, unit_id: UUID, body: MemberFollowed, one: CarriedGrade) -> None:
    row: dict[str, Any] = {
        "unit_id": unit_id,
        "member_id": body.member_id,
        "year": one.year,
        "branch_code": one.branch_code,
        "branch_name": one.branch_name,
        "base": one.base,
        "months": one.months,
        "bonus": one.bonus,
        "deductions": one.deductions,
        "appraisal": one.appraisal,
        "total": one.total,
        "grade": one.grade,
        "lines": one.lines,
        "signed_by": one.signed_by,
        "proxy": one.proxy,
        "signed_at": datetime.fromisoformat(one.signed_at),
        "at": datetime.fromisoformat(body.at),
    }
    put = insert(BroughtGrade).values(row)
    keys = ["unit_id", "member_id", "year"]
    session.execute(
        put.on_conflict_do_update(
            index_elements=keys,
            set_={name: put.excluded[name] for name in row if name not in keys},
            where=BroughtGrade.at <= put.excluded.at,
        )
    )


def _keep_commitment(session: Session, unit_id: UUID, body: MemberFollowed, one: CarriedCommitment) -> None:
    """As it stood at the old branch, under an id of its own; what it files from now on counts here."""
    row: dict[str, Any] = {
        "id": uuid5(body.transfer_id, str(one.commitment_id)),
        "unit_id": unit_id,
        "member_id": body.member_id,
        "year": one.year,
        "span": one.span,
        "origin": one.origin,
        "what": one.what,
        "for_whom": one.for_whom,
        "target": one.target,
        "measure": one.measure,
        "due": one.due,
        "findings": one.findings,
        "hollow": one.hollow,
        "fit": one.fit,
        "state": one.state,
        "proposed_by": one.proposed_by,
        "proposed_at": datetime.fromisoformat(one.proposed_at),
        "decided_by": one.decided_by,
        "decided_at": datetime.fromisoformat(one.decided_at) if one.decided_at else None,
        "reason": one.reason,
        "came_from": body.origin_name,
    }
    session.execute(insert(Commitment).on_conflict_do_nothing(index_elements=["id"]), [row])
    entries = [
        {
            "id": uuid5(body.transfer_id, str(entry.progress_id)),
            "commitment_id": row["id"],
            "unit_id": unit_id,
            "member_id": body.member_id,
            "day": entry.day,
            "achieved": entry.achieved,
            "what": entry.what,
            "witness": entry.witness,
            "claim_id": None,
            "by": entry.by,
            "at": datetime.fromisoformat(entry.at),
        }
        for entry in one.progress
    ]
    if entries:
        session.execute(insert(Progress).on_conflict_do_nothing(index_elements=["id"]), entries)
