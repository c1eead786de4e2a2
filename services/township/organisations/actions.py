"""What arrives about units as subjects: from branches below, of this township from the county; own words.

A message is of the unit whose stream brought it where both are the same; else it came from above it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from services.township.organisations.models import TABLES
from shared.organisations.entering import keep_entries, keep_words
from shared.sync.records import Received


def of_themselves(received: Sequence[Received], *, own: bool) -> list[Received]:
    """Messages of units about themselves (`own`), or about them by the tier above."""
    return [one for one in received if (one.unit == one.origin) == own]


def receive_entries(session: Session, received: Sequence[Received], now: datetime) -> None:
    """What branches filed, each looked at again by the rule; deductions that the county entered."""
    keep_entries(session, TABLES, of_themselves(received, own=True), above=False)
    keep_entries(session, TABLES, of_themselves(received, own=False), above=True)


def receive_replies(session: Session, received: Sequence[Received], now: datetime) -> None:
    """What branches say to deductions."""
    keep_words(session, TABLES, of_themselves(received, own=True), "reply")


def receive_decisions(session: Session, received: Sequence[Received], now: datetime) -> None:
    """What the county decided on the township's own entries; a branch decides nothing."""
    keep_words(session, TABLES, of_themselves(received, own=False))


def recover_entries(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own entries and deductions that others still hold, after this database was restored to before them."""
    receive_entries(session, received, now)


def recover_replies(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own replies, likewise."""
    keep_words(session, TABLES, received, "reply")


def recover_decisions(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own decisions, likewise."""
    keep_words(session, TABLES, received)
