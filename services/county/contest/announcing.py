"""Publishing county documents: signed once here, carried whole to every branch."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from shared.contracts.documents import DOCUMENTS, write_document
from shared.contracts.publications import carrier
from shared.sync.outbox import publish_down
from shared.sync.signer import Signer


def announce(
    session: Session,
    sign: Signer,
    county: UUID,
    document: DOCUMENTS,
    now: datetime,
    *,
    to: UUID | None = None,
    about: UUID | None = None,
) -> None:
    """Publish `document` to everyone below, or to the township `to`; `about` is the unit it concerns."""
    body = carrier(document)(document=sign.document(write_document(document)))
    publish_down(session, county, to, about or county, body, now)
