"""Days, moments and scores as this portal writes them inside a sentence."""

from datetime import date, datetime

from flask_babel import format_date, format_datetime, gettext

from shared.kit.i18n import in_english
from shared.rules.contest import hundredths_text
from shared.rules.rulebook_values import Indicator


def day(value: date) -> str:
    """'10 月 16 日', in the reader's language."""
    return str(format_date(value, gettext("M 月 d 日")))


def moment(value: datetime) -> str:
    """'10 月 16 日 09:00' in civil time, in the reader's language."""
    return str(format_datetime(value, gettext("M 月 d 日 HH:mm")))


def score(hundredths: int | None) -> str:
    """'88.40', or a dash where there is none."""
    return "—" if hundredths is None else hundredths_text(hundredths)


def unit_of(indicator: Indicator) -> str:
    """An indicator's unit in the reader's language."""
    return indicator.unit_en if in_english() and indicator.unit_en else indicator.unit
