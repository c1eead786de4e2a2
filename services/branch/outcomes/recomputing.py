"""The branches' own proposals worked out again from what each drawing-up pinned."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import OutcomeRun
from shared.kit.errors import Absent
from shared.kit.units import Unit
from shared.rules.outcomes import Rulebook, redraw


def runs_again(session: Session, year: int) -> Iterator[tuple[str, str]]:
    """For every drawing-up of a year its branch's code and what differs, '' where it comes to the same."""
    query = (
        select(OutcomeRun, Unit.code)
        .join(Unit, Unit.id == OutcomeRun.unit_id)
        .where(OutcomeRun.year == year)
        .order_by(Unit.code, OutcomeRun.at, OutcomeRun.id)
    )
    books: dict[str, Rulebook] = {}
    for run, code in session.execute(query.execution_options(yield_per=50)):
        yield code, _differs(session, run, books)


def _differs(session: Session, run: OutcomeRun, books: dict[str, Rulebook]) -> str:
    try:
        if run.rulebook not in books:
            books[run.rulebook] = DESK.rulebook(session, run.rulebook)
        again = redraw(books[run.rulebook], DESK.tier, run.given, date.fromisoformat(run.drawn_on))
    except (Absent, KeyError, ValueError) as error:
        return f"run {run.id}: {type(error).__name__}"
    return "" if again == run.digest else f"run {run.id}: {run.digest[:12]} ≠ {again[:12]}"
