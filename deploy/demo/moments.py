"""When things happen in the demo's member year: fixed moments, so that every run writes the same dates."""

from datetime import UTC, datetime, timedelta

from deploy.demo.calendar import YEAR

JANUARY, MARCH = 13, 15


def moment(month: int, day: int, hour: int = 9) -> datetime:
    """County time, of a day of the demo's year (month 13 is January after it)."""
    return datetime(YEAR + (month - 1) // 12, (month - 1) % 12 + 1, day, hour - 8, 0, tzinfo=UTC)


def closed(month: int) -> datetime:
    """When a month is closed: on the first day after it, December when its late days are over."""
    return moment(JANUARY, 11, 8) if month == JANUARY - 1 else moment(month + 1, 1, 10)


def endorsed(month: int) -> datetime:
    """When a general branch looks at it."""
    return closed(month) + timedelta(hours=1)


def taken_up(month: int) -> datetime:
    """When the township accepts it."""
    return moment(JANUARY, 11, 14) if month == JANUARY - 1 else moment(month + 1, 4)


def approved(month: int) -> datetime:
    """When the township approves it."""
    return moment(JANUARY, 11, 16) if month == JANUARY - 1 else moment(month + 1, 5)


OPENED = moment(1, 1)
ENTERED = moment(1, 2)
PROMISED, PUBLISHED = moment(1, 10), moment(1, 15)
OFFERED, ACCEPTED, HANDED_OVER = moment(7, 3), moment(7, 6), moment(7, 8)
REPORTED, CHECKED = moment(JANUARY, 12), moment(JANUARY, 12, 15)
VOTED, REVIEWED, OPINED = moment(JANUARY, 13), moment(JANUARY, 14), moment(JANUARY, 15)
GRADED, SHOWN, FILED = moment(JANUARY, 16), moment(JANUARY, 18), moment(JANUARY, 29)
ENDORSED, ACCEPTED_ABOVE, CONFIRMED = moment(JANUARY, 30), moment(JANUARY, 31), moment(14, 1)
TOLD, PROPOSED, DECIDED = moment(14, 3), moment(14, 4), moment(14, 5)
AGREED, CARRIED = moment(14, 8), moment(14, 9)
COUNTY_PROPOSED, COUNTY_DECIDED, COUNTY_AGREED = moment(14, 15), moment(14, 16), moment(14, 17)
APPEALED, JUDGED, ENDORSED_APPEAL = moment(14, 18), moment(14, 24), moment(14, 25)
DECIDED_AGAIN = moment(14, 26)
YEAR_CLOSED = moment(MARCH, 1)
