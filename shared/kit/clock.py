"""The one place that reads the time; everywhere else it is passed in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

# Deadlines and working days are the county's own: all of China keeps one civil time.
CIVIL_TIME = ZoneInfo("Asia/Shanghai")


def system_clock() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 — the one reader of the clock


def shifted_clock(offset: timedelta) -> Clock:
    """A clock that runs `offset` ahead of the system's (the demo plays a year on it)."""
    return lambda: system_clock() + offset


def civil(moment: datetime) -> datetime:
    """A stored moment in the county's civil time."""
    return moment.astimezone(CIVIL_TIME)
