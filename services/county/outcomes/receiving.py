"""What branches tell about cases, as it arrives through the townships."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from services.county.outcomes.desk import READING
from services.county.roster.models import COPY
from shared.outcomes.keeping import keep_passed, own_words
from shared.outcomes.scope import require_own
from shared.sync.records import Received


def receive_told(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what branches opened and said, and townships standing in for them.

    Raises OutOfScope for members that are not the branch's.
    """
    require_own(session, COPY, received)
    keep_passed(session, READING, own_words(received))
