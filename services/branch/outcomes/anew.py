"""After an upheld appeal against a grade the branch's own proposals are drawn up anew, by itself."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import OutcomeCase, OutcomeRun, OutcomeWord
from services.branch.outcomes.proposing import hold, subjects_of
from services.branch.outcomes.referring import refer
from services.branch.transfers.models import ToldCorrection
from shared.kit.errors import Absent
from shared.kit.scope import EVERYTHING
from shared.kit.units import Unit
from shared.outcomes.desk import GRADE
from shared.outcomes.drawing_up import draw_up
from shared.outcomes.saying import ByRule
from shared.sync.runtime import Runtime
from shared.sync.years import year_of

log = structlog.get_logger()


def propose_after_appeals(running: Runtime) -> None:
    """Look for branches whose grades an appeal changed since they proposed; what is open is not doubled.

    Each by itself: one whose rulebook is not here, as after a restore, holds up no other.
    """
    now = running.settings.clock()
    with running.database.transaction(EVERYTHING) as session:
        due = list(_corrected_since(session))
    for unit_id, year, corrected_at in due:
        try:
            with running.database.transaction(EVERYTHING) as session:
                _propose(session, unit_id, year, corrected_at, now)
        except Absent:
            # Said at every look until the rules are here again.
            log.warning("a branch cannot propose anew: its rules are not here", unit=str(unit_id), year=year)


def _propose(session: Session, unit_id: UUID, year: int, corrected_at: datetime, now: datetime) -> None:
    hold(session, unit_id, year)
    opened, unit = year_of(session, year), session.get_one(Unit, unit_id)
    subjects = subjects_of(session, unit_id, opened)
    # Not before the appeal's word, whatever this clock says: else it would be done at every look.
    at = max(now, corrected_at)
    draw_up(session, DESK, ByRule(unit.name), unit_id, opened.outcomes, year, subjects, at)
    refer(session, now, unit_id)


def _corrected_since(session: Session) -> Iterator[tuple[UUID, int, datetime]]:
    """Unit, year and moment of the newest correction of a grade there, where the last run was before it."""
    drawn = {
        (row.unit_id, row.year): row.at
        for row in session.execute(
            select(OutcomeRun.unit_id, OutcomeRun.year, func.max(OutcomeRun.at).label("at")).group_by(
                OutcomeRun.unit_id, OutcomeRun.year
            )
        )
    }
    own = (
        select(OutcomeCase.unit_id, OutcomeCase.year, func.max(OutcomeWord.at).label("at"))
        .join(OutcomeWord, OutcomeWord.case_id == OutcomeCase.id)
        .where(
            OutcomeCase.sort == "appeal",
            OutcomeCase.code == GRADE,
            OutcomeCase.state == "in_force",
            OutcomeWord.kind == "confirmed",
        )
        .group_by(OutcomeCase.unit_id, OutcomeCase.year)
    )
    elsewhere = select(
        ToldCorrection.unit_id, ToldCorrection.year, func.max(ToldCorrection.at).label("at")
    ).group_by(ToldCorrection.unit_id, ToldCorrection.year)
    newest: dict[tuple[UUID, int], datetime] = {}
    for row in (*session.execute(own), *session.execute(elsewhere)):
        key = (row.unit_id, row.year)
        newest[key] = max(row.at, newest.get(key, row.at))
    for key, at in sorted(newest.items()):
        # Where nothing was proposed yet, the people do it, with the grade as it now is.
        if key in drawn and drawn[key] < at:
            yield *key, at
