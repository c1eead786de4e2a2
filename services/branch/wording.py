"""Days, moments and scores as this portal writes them inside a sentence."""

from datetime import date, datetime

from flask_babel import gettext

from shared.contracts.documents import FilingException
from shared.kit.days import day_words, moment_words
from shared.kit.i18n import in_english
from shared.rules.contest import hundredths_text
from shared.rules.rulebook_values import Indicator
from shared.sync.exceptions import until_of


def day(value: date) -> str:
    """'10 月 16 日', with the year where it is another, in the reader's language."""
    return day_words(value)


def moment(value: datetime) -> str:
    """'10 月 16 日 09:00' in civil time, with the year where it is another, in the reader's language."""
    return moment_words(value)


def leave_words(exception: FilingException) -> str:
    """That the county lets this village file late, until when, why and by whom."""
    return gettext(
        "县里准予延期申报至 %(until)s，理由：%(reason)s（%(who)s）",
        until=moment(until_of(exception)),
        reason=exception.reason,
        who=exception.by,
    )


def leave_ended(exception: FilingException) -> str:
    """That it is over: taken back with a reason, or run out."""
    if exception.revoked_at:
        at = moment(datetime.fromisoformat(exception.revoked_at))
        return gettext(
            "县里准予的延期已于 %(at)s 收回，理由：%(reason)s", at=at, reason=exception.revoke_reason
        )
    return gettext("县里准予的延期已于 %(until)s 到期。", until=moment(until_of(exception)))


def score(hundredths: int | None) -> str:
    """'88.40', or a dash where there is none."""
    return "—" if hundredths is None else hundredths_text(hundredths)


def unit_of(indicator: Indicator) -> str:
    """An indicator's unit in the reader's language."""
    return indicator.unit_en if in_english() and indicator.unit_en else indicator.unit
