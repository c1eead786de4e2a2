"""What the county's ledger gives the overview."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext
from sqlalchemy import Integer, cast, column, func, select, true
from sqlalchemy.dialects.postgresql import JSONB, distinct_on

from services.county.outcomes.models import OutcomeCase
from services.county.points.models import ApprovedStatement, LedgerLine
from services.county.roster.models import KnownMember
from services.county.years.actions import years
from services.county.years.books import schemes_of
from services.county.years.models import MemberYear
from shared.kit.i18n import named
from shared.kit.web import db, me
from shared.overview.figures import Figures, MonthRow, Posted
from shared.rules.points.claims import december_until
from shared.rules.points.scheme_values import Scheme

COUNTED = ("claims", "returned", "proxy", "commitments", "hollow")


class CountyReader:
    """Approved statements and their ledger lines; a month the township has not approved is not here."""

    roster = KnownMember
    cases = OutcomeCase

    def years(self) -> list[int]:
        """Years that were opened, newest first."""
        return [one.year for one in years(db())]

    def note(self, year: int) -> str:
        """What was said of the figures when the year was opened."""
        return db().get_one(MemberYear, year).synthetic_note

    def _schemes(self, year: int) -> list[Scheme]:
        return schemes_of(db(), db().get_one(MemberYear, year).rulebooks)

    def categories(self, year: int) -> list[tuple[str, str]]:
        """Categories over all schemes of the year, each once."""
        found = {one.code: named(one) for scheme in self._schemes(year) for one in scheme.categories}
        return list(found.items())

    def limit(self, year: int) -> int:
        """The widest of the schemes' caps on attendance against their standard."""
        shares = [one.attendance_cap * 100 // max(one.standard, 1) for one in self._schemes(year)]
        return max(shares, default=100)

    def late_until(self, year: int) -> date:
        """The last day on which something done in December is still taken."""
        return december_until(year, self._schemes(year))

    def figures(self, year: int, due: int) -> dict[UUID, Figures]:
        """Figures by branch; what a later part of a month says of its claims replaces the earlier."""
        found = {row.unit_id: dict(row._mapping) for row in db().execute(_latest(year))}
        categories: dict[UUID, dict[str, int]] = {}
        for unit_id, code, points in db().execute(_categories(year)):
            categories.setdefault(unit_id, {})[code] = points
        return {
            unit_id: Figures(
                due=due,
                closed=row["months"],
                approved=row["months"],
                seen=1,
                total=sum(categories.get(unit_id, {}).values()),
                attendance=row["attendance"],
                categories=categories.get(unit_id, {}),
                **{name: row[name] for name in COUNTED},
            )
            for unit_id, row in found.items()
        }

    def months(self, unit_id: UUID, year: int) -> list[MonthRow]:
        """A branch's statements in order."""
        row = ApprovedStatement
        columns = (row.id, row.month, row.part, row.members, row.total, row.attendance)
        query = select(*columns, row.approved_by, row.approved_at).where(
            row.unit_id == unit_id, row.year == year
        )
        return [
            MonthRow(*one[:6], state="approved", by=one.approved_by, at=one.approved_at)
            for one in db().execute(query.order_by(row.month, row.part))
        ]

    def sums(self, members: Sequence[UUID] | None, year: int) -> dict[UUID, dict[str, int]]:
        """Hundredths by member and category, summed by the database."""
        found: dict[UUID, dict[str, int]] = {}
        for member_id, code, points in db().execute(_member_sums(members, year)):
            found.setdefault(member_id, {})[code] = points
        return found

    def postings(self, members: Sequence[UUID], year: int) -> list[Posted]:
        """The ledger's lines of these members, whichever branch posted them."""
        line, statement = LedgerLine, ApprovedStatement
        query = (
            select(line, statement.part, statement.approved_by, statement.approved_at)
            .join(statement, statement.id == line.statement_id)
            .where(line.member_id.in_(members), line.year == year)
            .order_by(line.month, statement.part)
        )
        return [
            Posted(
                statement_id=one.statement_id,
                unit_id=one.unit_id,
                member_id=one.member_id,
                month=one.month,
                part=part,
                exempt=one.exempt,
                total=one.total,
                posted=one.posted,
                by=by,
                at=at,
            )
            for one, part, by, at in db().execute(query)
        ]

    def statement_href(self, statement_id: UUID) -> str:
        """The county holds lines, not pages of statements."""
        return ""

    def member_links(self, member_id: UUID) -> list[dict[str, str]]:
        """What the county has marked about the member, for whoever decides outcomes."""
        if not me().may("outcome.decide"):
            return []
        href = url_for("outcomes.marks", member_id=member_id)
        return [{"label": gettext("县里的登记"), "href": href}]


def _latest(year: int) -> Any:
    row = ApprovedStatement
    counts = [func.coalesce(cast(row.figures[name].astext, Integer), 0).label(name) for name in COUNTED]
    newest = (
        select(row.unit_id, row.month, row.attendance, *counts)
        .ext(distinct_on(row.unit_id, row.month))
        .where(row.year == year)
        .order_by(row.unit_id, row.month, row.part.desc())
        .subquery()
    )
    sums = [func.sum(newest.c[name]).label(name) for name in ("attendance", *COUNTED)]
    return select(newest.c.unit_id, func.count().label("months"), *sums).group_by(newest.c.unit_id)


def _categories(year: int) -> Any:
    row = ApprovedStatement
    entry = func.jsonb_each_text(row.categories).table_valued("key", "value").lateral()
    points = func.sum(cast(entry.c.value, Integer))
    query = select(row.unit_id, entry.c.key, points).select_from(row).join(entry, true())
    return query.where(row.year == year).group_by(row.unit_id, entry.c.key)


def _member_sums(members: Sequence[UUID] | None, year: int) -> Any:
    """An entry of `posted` is [month done, category, hundredths, kind]."""
    line = LedgerLine
    entry = func.jsonb_array_elements(line.posted).table_valued(column("value", JSONB)).lateral()
    code, points = entry.c.value[1].astext, func.sum(cast(entry.c.value[2].astext, Integer))
    query = (
        select(line.member_id, code, points).select_from(line).join(entry, true()).where(line.year == year)
    )
    if members is not None:
        query = query.where(line.member_id.in_(members))
    return query.group_by(line.member_id, code)
