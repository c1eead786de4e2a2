"""Cases pass through the township, which keeps a copy: up as told, down under the county's hand."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from services.township.outcomes.desk import DESK
from services.township.roster.models import COPY
from shared.outcomes.keeping import keep, keep_passed, own_words
from shared.outcomes.passing import read_decided
from shared.outcomes.scope import require_own
from shared.sync.handing_on import hand_down, hand_up
from shared.sync.records import Received


def pass_up(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what branches told, and hand it to the county. Raises OutOfScope for members not theirs."""
    require_own(session, COPY, received)
    keep(session, DESK, own_words(received), speaker="branch")
    hand_up(session, received, now)


def recover_told(session: Session, received: Sequence[Received], now: datetime) -> None:
    """What went up from here before a restore: branches' words as they came, and own ones standing in."""
    keep_passed(session, DESK, [item.body for item in received])


def pass_down(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what the county said, and hand it to the branch it is about."""
    keep(session, DESK, read_decided(session, received), speaker="county")
    hand_down(session, received, now)
