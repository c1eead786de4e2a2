"""Working days of the publicity period."""

from datetime import date

import pytest

from shared.rulebooks import holidays
from shared.rules.calendar import WorkCalendar, add_working_days, is_working_day, parse_calendar

CALENDAR = parse_calendar(holidays())


def test_weekends_are_free_unless_they_make_up_for_a_holiday() -> None:
    assert is_working_day(date(2026, 11, 20), CALENDAR)
    assert not is_working_day(date(2026, 11, 21), CALENDAR)
    assert is_working_day(date(2026, 10, 10), CALENDAR)  # a Saturday worked for National Day
    assert not is_working_day(date(2026, 10, 1), CALENDAR)


def test_five_working_days_step_over_a_weekend() -> None:
    assert add_working_days(date(2026, 11, 20), 5, CALENDAR) == date(2026, 11, 27)


def test_spring_festival_takes_its_nine_days_and_its_working_saturday() -> None:
    # 13 February is a Friday; 14 is a working Saturday; 15–23 are free.
    assert add_working_days(date(2026, 2, 13), 1, CALENDAR) == date(2026, 2, 14)
    assert add_working_days(date(2026, 2, 13), 2, CALENDAR) == date(2026, 2, 24)


def test_the_notice_of_2026_is_carried_whole() -> None:
    assert len(CALENDAR.holidays) == 3 + 9 + 3 + 5 + 3 + 3 + 7
    assert len(CALENDAR.working) == 6
    assert all(day.weekday() >= 5 for day in CALENDAR.working)


def test_a_year_not_yet_announced_says_so_and_knows_weekends_only() -> None:
    assert CALENDAR.is_certain(date(2026, 12, 31))
    assert not CALENDAR.is_certain(date(2027, 1, 1))
    assert is_working_day(date(2027, 1, 1), CALENDAR)
    assert not is_working_day(date(2027, 1, 2), CALENDAR)


def test_no_days_or_fewer_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        add_working_days(date(2026, 1, 1), 0, WorkCalendar())


@pytest.mark.parametrize(
    ("days_off", "working", "words"),
    [(["2027-01-01"], [], "its own year"), (["2026-01-01"], ["2026-01-01"], "both")],
)
def test_a_calendar_that_contradicts_itself_is_refused(
    days_off: list[str], working: list[str], words: str
) -> None:
    year = {"announced": True, "holidays": days_off, "working": working}
    with pytest.raises(ValueError, match=words):
        parse_calendar({"years": {"2026": year}})
