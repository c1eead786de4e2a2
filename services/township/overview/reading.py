"""What the township's received statements give the overview."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import load_only

from services.township.outcomes.models import OutcomeCase
from services.township.roster.models import KnownMember
from services.township.statements.detail import categories
from services.township.statements.models import ReceivedStatement, SpotLook, StatementReview
from services.township.statements.reading import decode
from services.township.statements.wording import limit_of
from shared.contracts.statements import MemberLine
from shared.kit.errors import Absent
from shared.kit.i18n import named
from shared.kit.web import db
from shared.overview.figures import Figures, MonthRow, Posted
from shared.sync.asked_year import years
from shared.sync.years import MemberYear

COUNTED = ("claims", "returned", "proxy", "commitments", "hollow")


class TownshipReader:
    """Statements as received, also those not yet approved: what is approved is counted apart."""

    roster = KnownMember
    cases = OutcomeCase

    def years(self) -> list[int]:
        """Years that were opened, newest first."""
        return [one.year for one in years()]

    def _year(self, year: int) -> MemberYear:
        found = next((one for one in years() if one.year == year), None)
        if found is None:
            raise Absent
        return found

    def note(self, year: int) -> str:
        """What the county said of the figures when it opened the year."""
        return self._year(year).opened.synthetic_note

    def categories(self, year: int) -> list[tuple[str, str]]:
        """Categories over all schemes of the year, each once."""
        return [(one.code, named(one)) for one in categories(self._year(year))]

    def limit(self, year: int) -> int:
        """The widest of the schemes' caps on attendance against their standard."""
        return limit_of(self._year(year))

    def late_until(self, year: int) -> date:
        """The last day on which something done in December is still taken."""
        return self._year(year).late_until

    def figures(self, year: int, due: int) -> dict[UUID, Figures]:
        """Figures by branch; what a later part of a month says of its claims replaces the earlier."""
        found = _statements(year)
        reviews = _reviews([one.id for one in found])
        looked = set(db().scalars(select(SpotLook.statement_id).distinct()))
        by_branch: dict[UUID, list[ReceivedStatement]] = {}
        for one in found:
            by_branch.setdefault(one.unit_id, []).append(one)
        return {unit_id: _figures(many, reviews, looked, due) for unit_id, many in by_branch.items()}

    def months(self, unit_id: UUID, year: int) -> list[MonthRow]:
        """A branch's statements in order."""
        found = [one for one in _statements(year) if one.unit_id == unit_id]
        reviews = _reviews([one.id for one in found])
        return [_month(one, reviews.get(one.id)) for one in found]

    def sums(self, members: Sequence[UUID] | None, year: int) -> dict[UUID, dict[str, int]]:
        """Hundredths by member and category."""
        wanted = db().scalars(select(KnownMember.member_id)).all() if members is None else members
        found: dict[UUID, dict[str, int]] = {}
        for one in self.postings(wanted, year):
            sums = found.setdefault(one.member_id, {})
            for _done, code, points, _kind in one.posted:
                sums[code] = sums.get(code, 0) + points
        return found

    def postings(self, members: Sequence[UUID], year: int) -> list[Posted]:
        """The lines of these members in the statements received from their branches."""
        wanted = set(members)
        units = select(KnownMember.unit_id).where(KnownMember.member_id.in_(wanted))
        query = (
            select(ReceivedStatement)
            .where(ReceivedStatement.year == year, ReceivedStatement.unit_id.in_(units))
            .order_by(ReceivedStatement.month, ReceivedStatement.part)
        )
        found = db().scalars(query).all()
        reviews = _reviews([one.id for one in found])
        return [
            _posted(line, one, reviews.get(one.id))
            for one in found
            for line in decode(one.original).members
            if line.member_id in wanted
        ]

    def statement_href(self, statement_id: UUID) -> str:
        """The statement's own page."""
        return url_for("statements.page", statement_id=statement_id)

    def member_links(self, member_id: UUID) -> list[dict[str, str]]:
        """The township marks nothing about members."""
        return []


def _statements(year: int) -> Sequence[ReceivedStatement]:
    """The year's statements in scope without their bytes, in order."""
    row = ReceivedStatement
    columns = (row.unit_id, row.month, row.part, row.members, row.total, row.attendance)
    return (
        db()
        .scalars(
            select(row)
            .options(load_only(*columns, row.figures, row.categories, row.closed_by, row.closed_at))
            .where(row.year == year)
            .order_by(row.month, row.part)
        )
        .all()
    )


def _reviews(ids: Sequence[UUID]) -> dict[UUID, StatementReview]:
    found = db().scalars(select(StatementReview).where(StatementReview.statement_id.in_(ids)))
    return {one.statement_id: one for one in found}


def _figures(
    many: Sequence[ReceivedStatement], reviews: dict[UUID, StatementReview], looked: set[UUID], due: int
) -> Figures:
    newest = {one.month: one for one in many}
    approved = [one for one in newest.values() if one.id in reviews and reviews[one.id].state == "approved"]
    sums: dict[str, int] = {}
    for one in many:
        for code, points in one.categories.items():
            sums[code] = sums.get(code, 0) + points
    return Figures(
        due=due,
        closed=len(newest),
        approved=len(approved),
        seen=int(any(one.id in reviews or one.id in looked for one in many)),
        total=sum(sums.values()),
        attendance=sum(one.attendance for one in newest.values()),
        categories=sums,
        **{name: sum(one.figures.get(name, 0) for one in newest.values()) for name in COUNTED},
    )


def _last(one: ReceivedStatement, review: StatementReview | None) -> tuple[str, str, datetime]:
    """State, who, when."""
    if review is None:
        return "received", one.closed_by, one.closed_at
    if review.state == "approved" and review.approved_at:
        return "approved", review.approved_by, review.approved_at
    if review.state == "sent_back" and review.sent_back_at:
        return "sent_back", review.sent_back_by, review.sent_back_at
    return review.state, review.accepted_by, review.accepted_at or one.closed_at


def _month(one: ReceivedStatement, review: StatementReview | None) -> MonthRow:
    state, by, at = _last(one, review)
    return MonthRow(one.id, one.month, one.part, one.members, one.total, one.attendance, state, by, at)


def _posted(line: MemberLine, one: ReceivedStatement, review: StatementReview | None) -> Posted:
    _state, by, at = _last(one, review)
    return Posted(
        statement_id=one.id,
        unit_id=one.unit_id,
        member_id=line.member_id,
        month=one.month,
        part=one.part,
        exempt=line.exempt,
        total=line.total,
        posted=[[entry.done, entry.category, entry.points, entry.kind] for entry in line.posted],
        by=by,
        at=at,
    )
