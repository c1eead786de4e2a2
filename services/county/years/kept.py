"""What the county holds of a branch's year: approved statements, transfers, bases carried, the roster."""

from collections.abc import Collection, Mapping
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.grades.counting import aside_of
from services.county.points.models import ApprovedStatement
from services.county.roster.models import COPY
from services.county.transfers.models import Passage
from services.county.years.models import BaseCorrection, CarriedBase
from shared.contracts.appraisal import AppraisalFiled
from shared.contracts.inputs import BASE, MISSING, Kept, Otherwise, held_otherwise
from shared.contracts.recount import Carried
from shared.contracts.statements import StatementClosed
from shared.kit.db import among
from shared.rules.appraisal import Rulebook
from shared.rules.points.scheme_values import Scheme
from shared.sync.passages import carried_by_unit
from shared.sync.rosters import cards_of

decode = msgspec.json.Decoder(StatementClosed).decode


def figures_off(
    session: Session, rulebook: Rulebook, schemes: Collection[Scheme], filed: AppraisalFiled
) -> list[Otherwise]:
    """Where a filing's figures are not those held here, read from what arrived."""
    unit_id = filed.branch_id
    carried = carried_by_unit(session, Passage, {unit_id}).get(unit_id, {})
    statements = _approved(session, unit_id, filed.year)
    return figures_off_from(session, rulebook, schemes, filed, statements, carried)


def figures_off_from(
    session: Session,
    rulebook: Rulebook,
    schemes: Collection[Scheme],
    filed: AppraisalFiled,
    statements: Collection[StatementClosed],
    carried: Carried,
) -> list[Otherwise]:
    """The same with the branch's approved statements, in the order they were closed, and who came to it."""
    members = [one.member_id for one in filed.inputs]
    kept = Kept(
        rulebook,
        schemes,
        statements,
        carried,
        cards_of(session, COPY, filed.branch_id),
        _bases(session, members, filed.year),
    )
    aside = aside_of(session, filed.branch_id, filed.year)
    # Who is graded nowhere is asked of all branches together; the base goes with the grade that counts.
    return [
        one
        for one in held_otherwise(filed, kept)
        if one.what != MISSING and not (one.what == BASE and one.member_id in aside)
    ]


def _approved(session: Session, unit_id: UUID, year: int) -> list[StatementClosed]:
    query = select(ApprovedStatement.original).where(
        ApprovedStatement.unit_id == unit_id, ApprovedStatement.year == year
    )
    found = [decode(payload) for payload in session.scalars(query)]
    return sorted(found, key=lambda one: (one.closed_at, one.month, one.part))


def _bases(session: Session, members: Collection[UUID], year: int) -> Mapping[UUID, list[int]]:
    """What each began the year with: as carried, and after each counter-entry that an appeal brought."""
    query = select(CarriedBase.member_id, CarriedBase.base).where(
        CarriedBase.year == year, among(CarriedBase.member_id, members)
    )
    found = {member: [base] for member, base in session.execute(query)}
    if found:
        entries = (
            select(BaseCorrection.member_id, BaseCorrection.points)
            .where(BaseCorrection.year == year, among(BaseCorrection.member_id, found))
            .order_by(BaseCorrection.at, BaseCorrection.id)
        )
        for member, points in session.execute(entries):
            found[member].append(found[member][-1] + points)
    return found
