"""Grades of one member over the years, as confirmed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.grades.counting import counts
from services.county.grades.models import ConfirmedAppraisal, Grade


def grades_of(session: Session, member_id: UUID) -> Sequence[Grade]:
    """By year, of branches whose grade counts; where one was confirmed twice, the later comes last."""
    query = (
        select(Grade)
        .join(ConfirmedAppraisal, ConfirmedAppraisal.id == Grade.filing_id)
        .where(Grade.member_id == member_id, counts())
        .order_by(Grade.year, ConfirmedAppraisal.confirmed_at)
    )
    return session.scalars(query).all()
