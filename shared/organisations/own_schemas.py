"""Forms of a unit's own year-end, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import Schema, fields, validate

from shared.kit.fields import Form, GivenForm, Text
from shared.organisations.own_year import ASK_LENGTH, TEXT_LENGTH
from shared.rules.appraisal import BALLOTS, Rulebook

MISSING = _("请填上这一项。")
WHOLE = _("请填整数。")


def _words(most: int) -> Text:
    return Text(
        required=True,
        validate=[validate.Length(min=1, error=MISSING), validate.Length(max=most, error=_("写得太长了。"))],
        error_messages={"required": MISSING},
    )


def _count() -> fields.Integer:
    return fields.Integer(
        load_default=0,
        validate=validate.Range(0, 100_000, error=WHOLE),
        error_messages={"invalid": WHOLE, "too_large": WHOLE},
    )


class AskForm(Form):
    """A request for review, or what was put right."""

    text = _words(ASK_LENGTH)


class PromiseForm(AskForm):
    """What a committee commits to."""

    due = fields.Date(
        required=True, error_messages={"required": MISSING, "invalid": _("请按 2026-10-16 这样写日期。")}
    )


def report_form(rulebook: Rulebook) -> Schema:
    """The self-report with tallies of the rulebook's ballots: `<kind>_eligible`, `_cast`, each choice."""
    counts = {
        f"{kind}_{name}": _count()
        for kind in BALLOTS
        for name in ("eligible", "cast", *(choice.code for choice in rulebook.ballots[kind].choices))
    }
    teller = Text(load_default="", validate=validate.Length(max=32, error=_("名字太长了。")))
    made = GivenForm.from_dict(
        {
            "text": _words(TEXT_LENGTH),
            "skip": fields.Boolean(load_default=False),
            "skip_reason": Text(
                load_default="", validate=validate.Length(max=200, error=_("理由最多写 200 字。"))
            ),
            "teller": teller,
            "other_teller": teller,
            **counts,
        },
        name="ReportForm",
    )
    return made()
