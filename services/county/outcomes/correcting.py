"""Whether an appeal against a grade may end as decided, from the grades of the branch as they stand."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.grades.models import ConfirmedAppraisal, Grade
from services.county.grades.reading import grades_of
from services.county.outcomes.desk import READING
from services.county.outcomes.models import OutcomeCase
from services.county.outcomes.pool import all_corrections, read_pool
from services.county.years.books import stored_book
from shared.kit.db import take_turn
from shared.outcomes.desk import GRADE
from shared.outcomes.reading import told
from shared.rules.appraisal import Held, Rulebook, may_correct
from shared.rules.outcomes import Word
from shared.rules.words import Refusal


def worse_or_over(session: Session, case: Any, word: Word) -> Refusal | None:
    """Why this appeal may not be upheld with this grade and these points; None when it may."""
    graded = [one for one in grades_of(session, case.member_id) if one.year == case.year]
    if case.code != GRADE or not graded:
        return None
    given = graded[-1]
    # Two reviewers do not fill the last seat at once.
    take_turn(session, f"correction/{given.unit_id}/{case.year}")
    corrected = all_corrections(session).get((case.member_id, case.year))
    before = Held(corrected.grade, corrected.points) if corrected else Held(given.grade, 0)
    after = Held(word.data.get("grade"), int(word.data.get("points", 0)))
    rulebook = _rulebook(session, given)
    many, others = _best(session, rulebook, given.unit_id, case)
    return may_correct(rulebook, before, after, many, others)


def _rulebook(session: Session, given: Grade) -> Rulebook:
    digest = session.get_one(ConfirmedAppraisal, given.filing_id).rulebook
    found: Rulebook = stored_book(session, digest).parsed
    return found


def _best(session: Session, rulebook: Rulebook, unit_id: UUID, case: Any) -> tuple[int, int]:
    """How many the branch graded, and how many others hold the best grade or are decided to."""
    graded = {
        one.member_id: one.grade for one in read_pool(session, case.year).of_branch(unit_id) if one.grade
    }
    query = select(OutcomeCase).where(
        OutcomeCase.sort == "appeal",
        OutcomeCase.code == GRADE,
        OutcomeCase.year == case.year,
        OutcomeCase.state == "decided",
        OutcomeCase.member_id.in_(graded),
    )
    waiting = told(session, READING, session.scalars(query).all())
    graded |= {
        one.case.member_id: str(one.stands.decision.data.get("grade"))
        for one in waiting
        if one.stands.decision is not None and one.stands.decision.verdict == "upheld"
    }
    best = rulebook.grades[0].code
    return len(graded), sum(grade == best for who, grade in graded.items() if who != case.member_id)
