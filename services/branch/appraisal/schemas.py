"""Forms of the appraisal, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from shared.kit.fields import Form, Text

MISSING = _("请填上这一项。")
LONG = _("写得太长了。")


def _words(most: int, least: int = 1) -> Text:
    return Text(
        required=True,
        validate=[
            validate.Length(min=least, error=MISSING),
            validate.Length(max=most, error=LONG),
        ],
        error_messages={"required": MISSING},
    )


class ReportForm(Form):
    """A self-report."""

    text = _words(4000)


class ProblemForm(Form):
    """A problem, and who found it."""

    problem = _words(400)
    found_by = Text(required=True, validate=validate.OneOf(["self", "organisation", "people"], error=MISSING))


class ReasonForm(Form):
    """A reason, an answer, an objection."""

    reason = _words(400)


class TieForm(ReasonForm):
    """A meeting's order of equals, best first."""

    members = fields.List(fields.UUID(error_messages={"invalid_uuid": MISSING}), required=True)
