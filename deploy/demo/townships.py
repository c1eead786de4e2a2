"""The demo's townships in the member year: months accepted and approved, filings accepted and confirmed."""

from collections.abc import Callable
from itertools import groupby

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from deploy.demo import moments
from deploy.demo.people import actor
from deploy.demo.tiers import steadily, within
from services.township.appraisals import reviewing as appraisals
from services.township.appraisals.models import AppraisalReview, ReceivedAppraisal
from services.township.statements import reviewing as statements
from services.township.statements.models import ReceivedStatement, StatementReview
from shared.kit.units import Unit
from shared.sync.runtime import Runtime

AT_ONCE = 200


class Townships:
    """Two people of each township: one takes up, another decides."""

    def __init__(self, township: Runtime) -> None:
        self.township = township

    def received(self) -> int:
        """How many months have come in."""
        return self._count(ReceivedStatement.id)

    def filed(self) -> int:
        """How many filings have come in."""
        return self._count(ReceivedAppraisal.id)

    def _count(self, column: object) -> int:
        with within(self.township) as session:
            return session.scalar(select(func.count(column))) or 0  # type: ignore[arg-type]

    def review(self) -> None:
        """Accept and approve all months that are there, some at a time."""
        accepted = select(StatementReview.unit_id).where(StatementReview.state == "accepted")
        while self._each(self._take_up, select(ReceivedStatement.unit_id).where(_fresh())):
            self._each(self._approve, accepted)
        self._each(self._approve, accepted)

    def confirm(self) -> None:
        """Accept and confirm what filings are there."""
        known = select(AppraisalReview.filing_id)
        self._each(self._accept, select(ReceivedAppraisal.unit_id).where(ReceivedAppraisal.id.not_in(known)))
        accepted = select(AppraisalReview.unit_id).where(AppraisalReview.state == "accepted")
        self._each(self._confirm, accepted)

    def _each(self, act: Callable[[Session, Unit], None], units: Select[tuple[object]]) -> int:
        """For every township that has something to do; how many had."""

        def busy() -> list[str]:
            with within(self.township) as session:
                query = select(Unit.parent_id).where(Unit.id.in_(units.distinct()))
                found = select(Unit.code).where(Unit.id.in_(query)).order_by(Unit.path)
                return list(session.scalars(found))

        found = steadily(busy)
        for code in found:
            steadily(lambda code=code: self._one(code, act))  # type: ignore[misc]
        return len(found)

    def _one(self, code: str, act: Callable[[Session, Unit], None]) -> None:
        with within(self.township) as session:
            act(session, session.scalars(select(Unit).where(Unit.code == code)).one())

    def _take_up(self, session: Session, unit: Unit) -> None:
        fresh = _of(unit).where(_fresh()).limit(AT_ONCE)
        who = actor(session, unit, "township_organiser")
        for month, rows in groupby(session.execute(fresh).all(), lambda row: row.month):
            seen = [statements.Seen(row.id, 0) for row in rows]
            statements.accept(session, who, seen, moments.taken_up(month))

    def _approve(self, session: Session, unit: Unit) -> None:
        query = _of(unit).join(StatementReview, StatementReview.statement_id == ReceivedStatement.id)
        query = query.where(StatementReview.state == "accepted").add_columns(StatementReview.version)
        who = actor(session, unit, "township_secretary")
        for month, rows in groupby(session.execute(query).all(), lambda row: row.month):
            seen = [statements.Seen(row.id, row.version) for row in rows]
            statements.approve(session, who, seen, moments.approved(month))

    def _accept(self, session: Session, unit: Unit) -> None:
        who = actor(session, unit, "township_organiser")
        query = _filings(unit).where(ReceivedAppraisal.id.not_in(select(AppraisalReview.filing_id)))
        for filing in session.scalars(query).all():
            appraisals.accept(session, who, filing, 0, moments.ACCEPTED_ABOVE)

    def _confirm(self, session: Session, unit: Unit) -> None:
        who = actor(session, unit, "township_secretary")
        query = _filings(unit).join(AppraisalReview, AppraisalReview.filing_id == ReceivedAppraisal.id)
        query = query.where(AppraisalReview.state == "accepted").add_columns(AppraisalReview.version)
        for filing, version in session.execute(query).all():
            appraisals.confirm(session, who, filing, version, moments.CONFIRMED)


def _fresh() -> object:
    return ReceivedStatement.id.not_in(select(StatementReview.statement_id))


def _below(unit: Unit) -> Select[tuple[object]]:
    return select(Unit.id).where(Unit.path.startswith(unit.path, autoescape=True))


def _of(unit: Unit) -> Select[tuple[object]]:
    """Ids of a township's months, earlier ones first."""
    return (
        select(ReceivedStatement.id, ReceivedStatement.month)
        .where(ReceivedStatement.unit_id.in_(_below(unit)))
        .order_by(ReceivedStatement.month, ReceivedStatement.part)
    )


def _filings(unit: Unit) -> Select[tuple[object]]:
    return select(ReceivedAppraisal.id).where(ReceivedAppraisal.unit_id.in_(_below(unit)))
