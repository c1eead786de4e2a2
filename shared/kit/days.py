"""Days and moments inside a sentence: with their year where that is not the present one."""

from datetime import date, datetime

from flask_babel import format_date, format_datetime, gettext

from shared.kit.clock import civil
from shared.kit.web import now


def day_words(value: date) -> str:
    """'10 月 16 日', of another year '2025 年 10 月 16 日', in the reader's language."""
    pattern = gettext("M 月 d 日") if value.year == civil(now()).year else gettext("y 年 M 月 d 日")
    return str(format_date(value, pattern))


def moment_words(value: datetime) -> str:
    """'10 月 16 日 09:00' in civil time, of another year with it, in the reader's language."""
    same = civil(value).year == civil(now()).year
    pattern = gettext("M 月 d 日 HH:mm") if same else gettext("y 年 M 月 d 日 HH:mm")
    return str(format_datetime(value, pattern))
