"""Statements and filings as the townships' streams brought them: the stored originals are held against it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from shared.contracts.appraisal import AppraisalConfirmed
from shared.contracts.statements import StatementApproved
from shared.sync.kept import arrived

Arrived = dict[UUID, set[str]]


def statements_arrived(session: Session, units: Collection[UUID] | None = None) -> Arrived:
    """By statement, SHA-256 of the branch's bytes as they arrived; `units` None: of every branch."""
    return arrived(
        session,
        StatementApproved.KIND,
        StatementApproved,
        lambda body, _payload: (body.statement_id, body.original),
        units,
    )


def filings_arrived(session: Session, units: Collection[UUID] | None = None) -> Arrived:
    """By filing, SHA-256 of the branch's bytes as they arrived; `units` None: of every branch."""
    return arrived(
        session,
        AppraisalConfirmed.KIND,
        AppraisalConfirmed,
        lambda body, _payload: (body.filing_id, body.original),
        units,
    )
