"""What is said beside a figure: what is wrong with it, or that it is far from last year's."""

from collections.abc import Mapping
from decimal import Decimal

from flask_babel import gettext

from shared.kit.i18n import in_english, named
from shared.rules.contest import BadValue, read_value
from shared.rules.rulebook_values import Indicator, Rulebook

# Twice or half of last year's figure asks for a second look; it never stops a return.
FAR = 2


def problem(bad: BadValue) -> str:
    """What is wrong with a figure, in the reader's language."""
    return bad.message_en if in_english() else bad.message


def problems_by_field(rulebook: Rulebook, wrong: Mapping[str, str], prefix: str) -> list[dict[str, str]]:
    """For the error summary: field and '指标：哪里不对', in the rulebook's order."""
    return [
        {
            "field": prefix + one.code,
            "message": gettext("%(name)s：%(problem)s", name=named(one), problem=wrong[one.code]),
        }
        for one in rulebook.indicators
        if one.code in wrong
    ]


def remarks(
    rulebook: Rulebook, values: Mapping[str, str], before: Mapping[str, str], *, wrong: bool = True
) -> dict[str, str]:
    """Words for each figure typed so far ('' where there is nothing to say); blanks are not nagged about.

    Without `wrong` only what asks for a second look.
    """
    found = {}
    for indicator in rulebook.indicators:
        text = values.get(indicator.code, "")
        found[indicator.code] = _remark(indicator, text, before.get(indicator.code), wrong) if text else ""
    return found


def _remark(indicator: Indicator, text: str, before: str | None, wrong: bool) -> str:
    try:
        value = read_value(indicator, text)
    except BadValue as bad:
        return problem(bad) if wrong else ""
    return (
        gettext("和去年（%(before)s）差得多，请核对", before=before) if _far(indicator, value, before) else ""
    )


def _far(indicator: Indicator, value: Decimal | bool, before: str | None) -> bool:
    if before is None or isinstance(value, bool):
        return False
    try:
        last = read_value(indicator, before)
    except BadValue:
        return False
    if last <= 0 or value <= 0:
        return last != value and bool(last or value) and (last < 0) != (value < 0)
    return value >= last * FAR or value * FAR <= last
