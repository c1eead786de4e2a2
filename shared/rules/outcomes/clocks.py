"""Clocks of a decision: reply, hearing, appeal, correction in working days, follow-up in calendar days."""

from dataclasses import dataclass
from datetime import date, timedelta

from shared.rules.calendar import WorkCalendar, add_working_days
from shared.rules.words import RuleError

from .rulebook_values import Rulebook


@dataclass(frozen=True)
class Deadlines:
    """Last days, each whole; None where the outcome has no such clock.

    `certain` is False when a date lies in a year whose days off are not announced yet.
    """

    reply_by: date | None
    hearing_by: date | None
    appeal_by: date | None
    correct_by: date | None
    follow_up_on: date | None
    certain: bool


def deadlines(rulebook: Rulebook, code: str, calendar: WorkCalendar, decided_on: date) -> Deadlines:
    """The clocks of one outcome decided (and told) on that day; RuleError for an unknown outcome."""
    if code not in rulebook.by_code:
        raise RuleError(f"规则里没有结果“{code}”", f"the rulebook knows no outcome '{code}'")
    rule = rulebook.by_code[code]

    def after(days: int) -> date | None:
        return add_working_days(decided_on, days, calendar) if days else None

    clocks = rule.clocks
    by = (after(clocks.reply), after(clocks.hearing), after(clocks.appeal), after(clocks.correct))
    again = decided_on + timedelta(days=rule.follow_up.days) if rule.follow_up else None
    # A follow-up counts calendar days, so holidays cannot move it.
    return Deadlines(*by, again, all(calendar.is_certain(day) for day in by if day is not None))


@dataclass(frozen=True)
class ToleranceClocks:
    verify_by: date
    decide_by: date


def tolerance_deadlines(rulebook: Rulebook, calendar: WorkCalendar, applied_on: date) -> ToleranceClocks:
    """By when an application for fault tolerance is verified, and then decided (working days)."""
    verify = add_working_days(applied_on, rulebook.tolerance.verify_days, calendar)
    return ToleranceClocks(verify, add_working_days(verify, rulebook.tolerance.decide_days, calendar))
