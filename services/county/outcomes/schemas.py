"""Forms of the county's outcomes, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import validate

from services.county.outcomes.models import MARKS
from shared.kit.fields import GivenForm, Text

REASON_LENGTH = 400


class MarkForm(GivenForm):
    """A mark and what it rests on."""

    mark = Text(
        required=True,
        validate=validate.OneOf(MARKS, error=_("请选登记什么。")),
        error_messages={"required": _("请选登记什么。")},
    )
    reason = Text(
        required=True,
        validate=validate.Length(min=1, max=REASON_LENGTH, error=_("请写明依据，最多 400 字。")),
        error_messages={"required": _("请写明依据，最多 400 字。")},
    )
