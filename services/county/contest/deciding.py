"""What people decide in a contest: ties no rule separates, and objections under publicity."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.models import Contest, Objection, ObjectionAnswer, TieDecision
from services.county.contest.records import last_trial
from services.county.contest.trial import may_try
from shared.contracts.returns import ObjectionAnswered, ObjectionRaised
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.sync.outbox import publish_down
from shared.sync.records import Received


def decide_tie(
    session: Session, actor: SignedIn, contest: Contest, villages: Sequence[str], reason: str, now: datetime
) -> TieDecision:
    """Put equal villages in order, best first; the reason is published with the result.

    Raises Refused unless the villages are exactly one undecided block of the last trial.
    """
    if not may_try(session, contest):
        raise Refused("只有在试算阶段才能裁定并列。")
    if not reason.strip():
        raise Refused("裁定要写明理由，理由随结果一并公示。")
    trial = last_trial(session, contest)
    blocks = [set(block["villages"]) for block in trial.blocks] if trial else []
    if len(set(villages)) != len(villages) or set(villages) not in blocks:
        raise Refused("裁定的村与最近一次试算的并列村不一致，请重新试算后再裁定。")
    decision = TieDecision(
        id=new_id(),
        contest_id=contest.id,
        unit_id=contest.unit_id,
        villages=list(villages),
        reason=reason.strip(),
        by=actor.name,
        at=now,
    )
    session.add(decision)
    session.flush()
    audit.record(session, now, actor.account_id, contest.unit_id, "tie.decide", str(decision.id))
    return decision


def in_tiers(block: Mapping[str, Any], chosen: Mapping[str, int]) -> list[str]:
    """A block in order from the tier chosen for each village (code → tier), in code order within a tier.

    Raises Refused where the tiers chosen do not use the block's seats exactly.
    """
    wanted = dict(block["seats"])
    if Counter(chosen.values()) != Counter(wanted) or set(chosen) != set(block["villages"]):
        raise Refused("每一档选的村数要和名额一样多。")
    return sorted(chosen, key=lambda code: (chosen[code], code))


def receive_objections(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep objections as they came up."""
    for item in received:
        body: ObjectionRaised = item.body
        session.add(
            Objection(
                id=body.objection_id,
                contest_id=body.contest_id,
                unit_id=item.unit,
                township_id=item.origin,
                raised_at_tier=body.raised_at_tier,
                text=body.text,
                by=body.by,
                at=datetime.fromisoformat(body.at),
            )
        )
    session.flush()


def objections(session: Session, contest_id: UUID) -> list[tuple[Objection, ObjectionAnswer | None, Unit]]:
    """Objections to a contest, the unanswered first, oldest first."""
    rows = session.execute(
        select(Objection, ObjectionAnswer, Unit)
        .join(Unit, Unit.id == Objection.unit_id)
        .outerjoin(ObjectionAnswer, ObjectionAnswer.objection_id == Objection.id)
        .where(Objection.contest_id == contest_id)
        .order_by(ObjectionAnswer.at.is_not(None), Objection.at)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def objection_by_id(session: Session, objection_id: UUID) -> Objection:
    """One objection; raises Absent."""
    found = session.get(Objection, objection_id)
    if found is None:
        raise Absent
    return found


def answer_of(session: Session, objection: Objection) -> ObjectionAnswer | None:
    """The answer given, or None."""
    return session.get(ObjectionAnswer, objection.id)


def answer_objection(
    session: Session, actor: SignedIn, objection: Objection, upheld: bool, answer: str, now: datetime
) -> ObjectionAnswer:
    """Answer an objection once, with reasons; the answer goes down to who raised it. Raises Refused."""
    if not answer.strip():
        raise Refused("答复要写明核实情况和理由。")
    if session.get(ObjectionAnswer, objection.id) is not None:
        raise Refused("这件异议已经答复过了。")
    made = ObjectionAnswer(
        objection_id=objection.id,
        unit_id=objection.unit_id,
        upheld=upheld,
        answer=answer.strip(),
        by=actor.name,
        at=now,
    )
    session.add(made)
    body = ObjectionAnswered(
        objection_id=objection.id,
        contest_id=objection.contest_id,
        village_id=objection.unit_id,
        upheld=upheld,
        answer=answer.strip(),
        by=actor.name,
        at=now.isoformat(),
    )
    publish_down(session, actor.unit.id, objection.township_id, objection.unit_id, body, now)
    audit.record(session, now, actor.account_id, objection.unit_id, "objection.answer", str(objection.id))
    session.flush()
    return made
