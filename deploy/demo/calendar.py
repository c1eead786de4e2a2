"""The demo's year on the calendar: fixed moments, so that every run writes the same dates."""

from datetime import UTC, date, datetime, timedelta

YEAR = 2026
FILING_UNTIL = date(YEAR, 10, 16)
VERIFYING_UNTIL = date(YEAR, 10, 30)

OPENED = datetime(YEAR, 9, 28, 1, 0, tzinfo=UTC)
FILED = datetime(YEAR, 10, 12, 1, 0, tzinfo=UTC)
VERIFYING = datetime(YEAR, 10, 19, 1, 0, tzinfo=UTC)
SENT_BACK = datetime(YEAR, 10, 20, 2, 0, tzinfo=UTC)
REFILED = datetime(YEAR, 10, 21, 3, 0, tzinfo=UTC)
VERIFIED = datetime(YEAR, 10, 26, 2, 0, tzinfo=UTC)
APPROVED = datetime(YEAR, 10, 28, 2, 0, tzinfo=UTC)
TRIED = datetime(YEAR, 11, 2, 2, 0, tzinfo=UTC)
DECIDED = TRIED + timedelta(hours=2)
TRIED_AGAIN = TRIED + timedelta(hours=3)
PUBLIC = datetime(YEAR, 11, 3, 1, 0, tzinfo=UTC)
OBJECTED = datetime(YEAR, 11, 5, 2, 0, tzinfo=UTC)
ANSWERED = datetime(YEAR, 11, 9, 2, 0, tzinfo=UTC)
LOCKED = datetime(YEAR, 11, 12, 1, 0, tzinfo=UTC)
PUBLISHED = datetime(YEAR, 11, 13, 1, 0, tzinfo=UTC)
