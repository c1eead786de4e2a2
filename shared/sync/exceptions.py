"""A village that may file after the deadline: what the county has said of it last."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from shared.contracts.documents import FilingException
from shared.sync.publications import latest


def exception_of(session: Session, contest_id: UUID, village_id: UUID) -> FilingException | None:
    """The county's newest word on one village, granted or revoked; None where it has said nothing."""
    return latest(session, FilingException, f"{contest_id}/{village_id}")


def until_of(exception: FilingException) -> datetime:
    """The moment it ends."""
    return datetime.fromisoformat(exception.until)


def lasts(exception: FilingException | None, now: datetime) -> bool:
    """Whether it opens the form now: granted, not revoked, not expired."""
    return exception is not None and not exception.revoked_at and now < until_of(exception)
