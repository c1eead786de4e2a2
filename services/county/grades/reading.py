"""Grades of one member over the years, as confirmed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.grades.models import ConfirmedAppraisal, Grade


def grades_of(session: Session, member_id: UUID) -> Sequence[Grade]:
    """By year; where a branch was confirmed twice, the later one comes last and counts."""
    query = (
        select(Grade)
        .join(ConfirmedAppraisal, ConfirmedAppraisal.id == Grade.filing_id)
        .where(Grade.member_id == member_id)
        .order_by(Grade.year, ConfirmedAppraisal.confirmed_at)
    )
    return session.scalars(query).all()
