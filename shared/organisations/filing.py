"""A unit files what it did, and answers a deduction; it decides nothing about itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from shared.contracts.organisations import OrganisationReplied
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.organisations.entering import Filed, enter, enter_each
from shared.organisations.ledger import Standing, Tables, standings
from shared.rules.points.claims import Claimed
from shared.sync.outbox import send_each_up, send_up
from shared.sync.years import MemberYear


@dataclass(frozen=True)
class Own:
    """A unit as its own subject: which, of what year, and where its tier keeps things."""

    unit: Unit
    year: MemberYear
    tables: Tables
    said: Any


def file_entry(session: Session, own: Own, actor: SignedIn, given: Claimed, now: datetime) -> bool:
    """File one thing the branch did; False where it is filed already. Raises Unclaimable, Absent."""
    body = enter(session, own.tables, actor, own.unit.id, own.year, given, now, above=False)
    if body is None:
        return False
    send_up(session, own.unit.id, own.unit.id, body, now)
    audit.record(session, now, actor.account_id, own.unit.id, "organisation.file", given.id)
    return True


def file_each(session: Session, own: Own, actor: SignedIn, filed: Sequence[Filed]) -> int:
    """File several things, all or none; how many were not filed yet. Raises Unclaimable, Absent."""
    made = enter_each(session, own.tables, actor, own.year, filed, above=False)
    if made:
        # Each says itself when it was filed; they leave together, with the last.
        now = max(datetime.fromisoformat(body.at) for body in made)
        send_each_up(session, [(body.unit_id, body.unit_id, body) for body in made], now)
        acts = [(body.unit_id, str(body.entry_id)) for body in made]
        audit.record_each(session, now, actor.account_id, "organisation.file", acts)
    return len(made)


def reply(session: Session, own: Own, actor: SignedIn, entry_id: UUID, text: str, now: datetime) -> None:
    """The branch's word on a deduction that is not decided yet, once. Raises Absent, Refused."""
    one = entry_of(session, own, entry_id)
    if not one.entry.above:
        raise Absent
    if one.state != "waiting" or one.reply:
        raise Refused(N_("已经说明过，或者上级已经定了。"))
    unit = own.unit
    made = own.tables.word(
        id=new_id(),
        entry_id=entry_id,
        unit_id=unit.id,
        kind="reply",
        text=text.strip(),
        by=actor.name,
        by_id=actor.account_id,
        at=now,
    )
    session.add(made)
    session.flush()
    body = OrganisationReplied(made.id, entry_id, unit.id, made.text, made.by, now.isoformat())
    send_up(session, unit.id, unit.id, body, now)
    audit.record(session, now, actor.account_id, unit.id, "organisation.reply", str(entry_id))


def entry_of(session: Session, own: Own, entry_id: UUID) -> Standing:
    """One entry of this unit; raises Absent."""
    year = own.year
    for one in standings(session, own.tables, year.organisations, year.year, [own.unit.id]):
        if one.entry.id == entry_id:
            return one
    raise Absent
