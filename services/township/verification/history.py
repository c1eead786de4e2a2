"""What happened to one village's return: attempts, withdrawals, every decision, the county's word."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.township.people import names
from services.township.verification.models import (
    ReceivedReturn,
    ReceivedWithdrawal,
    ReturnedByCounty,
    Verification,
)
from shared.kit.audit import AuditEvent

Event = dict[str, Any]


def history(session: Session, contest_id: UUID, village_id: UUID) -> list[Event]:
    """Events of a village's returns in one contest, newest first: text, who, when."""
    query = select(ReceivedReturn).where(
        ReceivedReturn.contest_id == contest_id, ReceivedReturn.unit_id == village_id
    )
    attempts = {one.id: one for one in session.scalars(query)}
    found = session.scalars(select(Verification).where(Verification.unit_id == village_id)).all()
    events = [
        *(_event(_filed(one), one.filed_by, one.filed_at) for one in attempts.values()),
        *_withdrawn(session, list(attempts)),
        *_by_county(session, list(attempts)),
        *_decisions(session, village_id, [one for one in found if one.return_id in attempts]),
    ]
    return sorted(events, key=lambda event: event["when"], reverse=True)


def _event(text: str, who: str, when: datetime) -> Event:
    return {"text": text, "who": who, "when": when}


def _filed(one: ReceivedReturn) -> str:
    text = gettext("第 %(attempt)s 次申报", attempt=one.attempt)
    return f"{text}: {one.note}" if one.note else text


def _withdrawn(session: Session, attempts: Sequence[UUID]) -> list[Event]:
    query = select(ReceivedWithdrawal).where(ReceivedWithdrawal.return_id.in_(attempts))
    return [_event(gettext("村里撤回"), one.by, one.at) for one in session.scalars(query)]


def _by_county(session: Session, attempts: Sequence[UUID]) -> list[Event]:
    query = select(ReturnedByCounty).where(ReturnedByCounty.return_id.in_(attempts))
    return [
        _event(gettext("县里退回：%(reason)s", reason=one.reason), one.by, one.at)
        for one in session.scalars(query)
    ]


def _decisions(session: Session, village_id: UUID, found: Sequence[Verification]) -> list[Event]:
    """From the audit trail; where a restore has cut it short, from what the returns themselves say."""
    subjects = {str(one.return_id): one for one in found}
    query = select(AuditEvent).where(AuditEvent.unit_id == village_id, AuditEvent.subject.in_(subjects))
    query = query.order_by(AuditEvent.id.desc())
    trail = session.scalars(query).all()
    who = names(session, {event.account_id for event in trail if event.account_id})
    events = [
        _event(_decision(event, subjects[event.subject]), who.get(event.account_id, ""), event.at)
        if event.account_id
        else _event(gettext("数据库恢复后，从上下级存底补回"), "", event.at)
        for event in trail
    ]
    told = {(event.subject, event.action) for event in trail}
    for one in found:
        for verdict in ("accepted", "verified", "approved", "sent_back"):
            when: datetime | None = getattr(one, f"{verdict}_at")
            if when and (str(one.return_id), f"return.{verdict}") not in told:
                events.append(_event(_verdict(verdict, one), getattr(one, f"{verdict}_by"), when))
    return events


def _decision(event: AuditEvent, found: Verification) -> str:
    action = event.action.removeprefix("return.")
    if action == "verified" and found.verified_at != event.at:
        return gettext("核实（后来收回重做）")
    return _verdict(action, found)


def _verdict(verdict: str, found: Verification) -> str:
    changes = gettext("改了 %(count)s 项", count=len(found.changes)) if found.changes else gettext("按填报数")
    words = {
        "accepted": gettext("已受理"),
        "verified": gettext("核实：%(changes)s", changes=changes),
        "reopened": gettext("收回核实结论"),
        "approved": gettext("批准上报县里"),
        "sent_back": gettext("退回村里：%(reason)s", reason=found.reason),
    }
    return words.get(verdict, verdict)
