"""What a year is expected to bring, from the points scheme's standard for a month (M10, M11, exemptions)."""

from datetime import date

from shared.rules.words import RuleError, half_up

from .rulebook_values import Rulebook


def months_counted(year: int, since: date) -> int:
    """Months of the year, 1 to 12, of who has been a member `since` a day: the month of joining is one."""
    return 12 if since < date(year, 2, 1) else max(1, 13 - since.month)


def expected_total(rulebook: Rulebook, month_standard: int, months: int = 12) -> int:
    """The total, in hundredths, of a member who brings the month's standard year after year.

    Twelve months and full appraisal points, with the base that such years hand on; months in which he
    was not a member are taken off. For `Appraised.standard`. RuleError for months outside 1 to 12.
    """
    if not 1 <= months <= 12 or month_standard < 0:
        raise RuleError(
            "月数应为 1 到 12，标准分不能小于 0", "months are 1 to 12, a standard is never below 0"
        )
    earned, share = 12 * month_standard + rulebook.full, rulebook.carry.percent
    if rulebook.carry.of == "total":
        whole = half_up(earned * 100_00, 100_00 - share)
    else:
        whole = half_up(earned * (100_00 + share), 100_00)
    return whole - (12 - months) * month_standard


def applicable_share(rulebook: Rulebook, month_standard: int, exempt_standard: int) -> int:
    """The part of the standard that applies to an exempt member, in hundredths of percent, at most 100 %.

    For `Appraised.applicable`; both standards are the points scheme's for a month.
    """
    whole = expected_total(rulebook, month_standard)
    part = expected_total(rulebook, exempt_standard)
    if part < 1 or whole < 1:
        raise RuleError("标准分须大于 0", "the standards must be above 0")
    return max(1, min(100_00, half_up(part * 100_00, whole)))
