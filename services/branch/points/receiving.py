"""What arrives about statements: the township's verdicts, and own statements after a restore."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.generals.submitting import remember
from services.branch.points.carried import restrike
from services.branch.points.models import Claim, ClaimCount, Statement, StatementLine, StatementVerdict
from shared.contracts.statements import ClaimLine, StatementClosed
from shared.kit.db import insert_rows
from shared.kit.ids import new_id
from shared.sync.records import Received

LOST = "（恢复数据时原文已缺，以月报为准）"


def receive_verdicts(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep the township's verdicts on statements (insert-only: the newest one counts)."""
    rows = [
        {
            "id": item.body.verdict_id,
            "statement_id": item.body.statement_id,
            "unit_id": item.unit,
            "verdict": item.body.verdict,
            "reason": item.body.reason,
            "by": item.body.by,
            "at": datetime.fromisoformat(item.body.at),
        }
        for item in received
    ]
    insert_rows(session, StatementVerdict, rows)


def recover_statements(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Rebuild statements that the township still holds; of lost claims the figures, not the words."""
    for item in received:
        body: StatementClosed = item.body
        remember(session, body, item.payload)
        if session.get(Statement, body.statement_id) is not None:
            continue
        session.add(_statement(body))
        session.flush()
        session.add_all(_line(body, place) for place in range(len(body.members)))
        for line in body.claims:
            _restate(session, body, line, now)
        for struck in body.carried_struck:
            restrike(session, body, struck)
        _count_on(session, body)
    session.flush()


def _statement(body: StatementClosed) -> Statement:
    return Statement(
        id=body.statement_id,
        unit_id=body.branch_id,
        year=body.year,
        month=body.month,
        part=body.part,
        note=body.note,
        total=sum(line.total for line in body.members),
        members=len(body.members),
        figures=body.figures,
        closed_by=body.closed_by,
        closed_at=datetime.fromisoformat(body.closed_at),
    )


def _line(body: StatementClosed, place: int) -> StatementLine:
    line = body.members[place]
    return StatementLine(
        statement_id=body.statement_id,
        member_id=line.member_id,
        unit_id=body.branch_id,
        year=body.year,
        month=body.month,
        scheme=body.schemes[line.scheme],
        exempt=line.exempt,
        total=line.total,
        attendance=line.attendance,
        posted=[[one.done, one.category, one.points, one.kind] for one in line.posted],
    )


def _restate(session: Session, body: StatementClosed, line: ClaimLine, now: datetime) -> None:
    claim = session.scalars(
        select(Claim).where(
            Claim.unit_id == body.branch_id, Claim.year == body.year, Claim.number == line.number
        )
    ).one_or_none() or _lost(session, body, line, now)
    claim.points = line.points
    if line.alive:
        claim.state, claim.stated_in = "approved", body.statement_id
    else:
        claim.state, claim.struck_in = "struck", body.statement_id


def _lost(session: Session, body: StatementClosed, line: ClaimLine, now: datetime) -> Claim:
    member = body.members[line.member]
    claim = Claim(
        id=new_id(),
        unit_id=body.branch_id,
        member_id=member.member_id,
        year=body.year,
        number=line.number,
        scheme=body.schemes[line.scheme],
        item=line.item,
        category=line.category,
        day=line.day,
        times=1,
        what=LOST,
        asked=line.points,
        filed_by=body.closed_by,
        filed_at=now,
        decided_by=body.closed_by,
        decided_at=now,
    )
    session.add(claim)
    return claim


def _count_on(session: Session, body: StatementClosed) -> None:
    """Numbers go on after the last one that was used."""
    last = max((line.number for line in body.claims), default=0)
    key: tuple[UUID, int] = (body.branch_id, body.year)
    count = session.get(ClaimCount, key)
    if count is None:
        session.add(ClaimCount(unit_id=body.branch_id, year=body.year, last=last))
    else:
        count.last = max(count.last, last)
