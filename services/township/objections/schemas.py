"""The objection form, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import EXCLUDE, Schema, fields, validate

from shared.kit.fields import Text

TEXT_LENGTH = 1000


class Objecting(Schema):
    """A village, what is wrong, and the form's own id: sent twice it is one objection."""

    class Meta:
        unknown = EXCLUDE

    village = fields.UUID(required=True)
    once = fields.UUID(required=True)
    text = Text(
        required=True,
        validate=[
            validate.Regexp(r"(?s).*\S", error=_("请写明哪一项有误、依据是什么。")),
            validate.Length(max=TEXT_LENGTH, error=_("异议最多写 1000 字。")),
        ],
        error_messages={"required": _("请写明哪一项有误、依据是什么。")},
    )
