"""Putting right what a unit was classed low for: the unit reports, the tier above closes it or returns it."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.contracts.classing import RectificationJudged, UnitSaid
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.organisations.classing import REASON_LENGTH
from shared.organisations.classings import Room
from shared.organisations.results import Classed
from shared.organisations.year_end import add_word, unit_year
from shared.sync.outbox import publish_down


def judge(
    session: Session,
    room: Room,
    actor: SignedIn,
    unit: Unit,
    classed: Classed | None,
    *,
    closed: bool,
    reason: str,
    now: datetime,
) -> UnitSaid:
    """Close what the unit reported as put right (销号), or return it with the reason. Raises Refused."""
    if classed is None or not classed.rectify_until:
        raise Refused(N_("这个党组织没有要整改的。"))
    year = classed.document.year
    if unit_year(session, room.said, year, unit.id).rectification != "reported":
        raise Refused(N_("支部还没有报整改情况，或者已经办过。"))
    if not closed and not reason.strip():
        raise Refused(N_("请写明退回理由，支部会看到。"))
    body = RectificationJudged(closed, reason.strip()[:REASON_LENGTH])
    said = add_word(session, room.said, actor, unit.id, year, body, now)
    assert unit.parent_id is not None
    publish_down(session, unit.parent_id, unit.id, unit.id, said, now)
    audit.record(session, now, actor.account_id, unit.id, "organisation.judge", str(said.word_id))
    return said
