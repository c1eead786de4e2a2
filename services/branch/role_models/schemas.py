"""The form of a deed, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import EXCLUDE, Schema, fields, validate

from shared.kit.fields import Text

MISSING = _("请填上这一项。")


class DeedForm(Schema):
    """Whose deed, in a title and a text; consent is ticked."""

    class Meta:
        unknown = EXCLUDE

    id = fields.UUID(required=True, error_messages={"required": MISSING, "invalid_uuid": MISSING})
    member = fields.UUID(required=True, error_messages={"required": MISSING, "invalid_uuid": MISSING})
    title = Text(
        required=True,
        validate=validate.Length(min=2, max=80, error=_("标题请写 2 到 80 字。")),
        error_messages={"required": MISSING},
    )
    text = Text(
        required=True,
        validate=validate.Length(min=20, max=2000, error=_("事迹请写 20 到 2000 字。")),
        error_messages={"required": MISSING},
    )
    consent = fields.Boolean(load_default=False, truthy={"yes"}, falsy={""})
