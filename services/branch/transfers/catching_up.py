"""Telling cases on that were not told when they should have been: who moved before cases followed, and after.

A look of the timer's: each transfer is noted once everything is told, and is not looked at again.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.outcomes.desk import DESK
from services.branch.roster.models import Member
from services.branch.transfers.brought import carried_on
from services.branch.transfers.cases import carried_cases
from services.branch.transfers.models import ToldOn, TransferWord
from services.branch.transfers.telling import say_cases, say_on
from services.branch.transfers.told_on import note_told
from shared.contracts.transfers import TransferClosed
from shared.kit.scope import EVERYTHING
from shared.sync.runtime import Runtime

# A look is short, and the next one goes on.
AT_ONCE = 200


def tell_what_was_not_told(running: Runtime) -> None:
    """Tell on, for some of those who moved away, what nobody has told yet; does nothing twice."""
    with running.database.transaction(EVERYTHING) as session:
        catch_up(session, running.settings.clock())


def catch_up(session: Session, now: datetime, at_once: int = AT_ONCE) -> int:
    """Look at so many members who moved away and of whom not all is told; how many were told on whole."""
    out = (TransferWord.kind == TransferClosed.KIND, TransferWord.out)
    query = (
        select(TransferWord.unit_id, TransferWord.member_id, ToldOn.transfer_id.is_not(None).label("held_up"))
        .outerjoin(
            ToldOn,
            (ToldOn.unit_id == TransferWord.unit_id) & (ToldOn.transfer_id == TransferWord.transfer_id),
        )
        .where(*out, ToldOn.whole.is_not(True))
        # Those of whom something is still missing are tried again last.
        .order_by(ToldOn.at.nulls_first(), TransferWord.unit_id, TransferWord.member_id)
        .limit(at_once)
    )
    many = 0
    for unit_id, member_id, held_up in session.execute(query).unique().all():
        # What is said about him meanwhile waits, and is told after this.
        key = (Member.unit_id == unit_id) & (Member.id == member_id)
        session.execute(select(Member.id).where(key).with_for_update(read=True))
        carried = carried_cases(session, DESK, unit_id, member_id)
        cases = [*carried_on(session, unit_id, member_id), *carried.cases]
        # What can be told is told at once, the rest when nothing is missing any more.
        if not held_up:
            say_on(session, unit_id, member_id, cases=cases, now=now)
        elif carried.whole:
            say_cases(session, unit_id, member_id, cases, now)
        note_told(session, unit_id, member_id, carried.whole, now)
        many += carried.whole
    return many
