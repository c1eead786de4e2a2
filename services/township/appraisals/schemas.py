"""Forms of the appraisals' room, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import EXCLUDE, Schema, validate

from services.township.appraisals.reviewing import REASON_LENGTH
from shared.kit.fields import Text, Version


class SeenForm(Schema):
    """The filing as the person saw it."""

    class Meta:
        unknown = EXCLUDE

    version = Version(required=True)


class ReturnForm(SeenForm):
    """Why it goes back."""

    reason = Text(
        required=True,
        validate=[
            validate.Length(min=1, error=_("请写明退回理由，支部会看到。")),
            validate.Length(max=REASON_LENGTH, error=_("理由最多写 400 字。")),
        ],
        error_messages={"required": _("请写明退回理由，支部会看到。")},
    )
