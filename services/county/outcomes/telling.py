"""Telling the branch that gave a grade what an appeal made at another branch left of it."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from services.county.grades.reading import grades_of
from services.county.outcomes.desk import READING
from shared.contracts.outcomes import Correction, GradeCorrected
from shared.kit.units import Unit
from shared.outcomes.corrections import corrections
from shared.sync.outbox import publish_down
from shared.sync.signer import Signer


def tell_corrected(session: Session, sign: Signer, case: Any, now: datetime) -> None:
    """The branch of the grade, for its record, where the appeal was not its own; from there it goes on."""
    found = corrections(session, READING, [case.member_id], case.year).get((case.member_id, case.year))
    graded = [one.unit_id for one in grades_of(session, case.member_id) if one.year == case.year]
    if found is None or not graded or graded[-1] == case.unit_id:
        return
    unit = session.get_one(Unit, graded[-1])
    assert unit.parent_id is not None
    county = session.get_one(Unit, unit.parent_id).parent_id
    assert county is not None
    told = Correction(
        unit.id, found.case_id, case.member_id, found.year, found.grade, found.points, now.isoformat()
    )
    body = GradeCorrected(sign.document(msgspec.json.encode(told)))
    publish_down(session, county, unit.parent_id, unit.id, body, now)
