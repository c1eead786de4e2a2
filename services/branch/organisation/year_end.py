"""What arrives about the branch's own year-end: words of the tier above, next year's base with its drafts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.branch.commitments.models import Problem
from services.branch.organisation.models import OrganisationSaid
from shared.contracts.documents import UnitBase, read_document
from shared.organisations.year_end import keep_said
from shared.sync.publications import receive_publications
from shared.sync.records import Received


def receive_bases(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Next year's base, and what was found wrong: it becomes next year's drafts, as with members."""
    receive_publications(session, received, now)
    for item in received:
        document = read_document(item.body.document.body)
        assert isinstance(document, UnitBase)
        for place, text in enumerate(document.problems):
            row = {
                # The same document makes the same rows, however often it comes.
                "id": uuid5(document.unit_id, f"{document.year}/{place}"),
                "unit_id": document.unit_id,
                "member_id": None,
                "year": document.year - 1,
                "text": text,
                "found_by": "organisation",
                "by": "",
                "at": datetime.fromisoformat(document.at),
            }
            session.execute(insert(Problem).inline().values(row).on_conflict_do_nothing())


def receive_said(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Words of the tier above."""
    keep_said(session, OrganisationSaid, received, above=True)


def recover_said(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own words that the tier above still holds, after this database was restored to before them."""
    keep_said(session, OrganisationSaid, received, above=False)
