"""The form of one thing done, as a member, the branch for members, or a branch for itself files it."""

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from shared.kit.fields import Form, Text

WHAT_LENGTH, WITNESS_LENGTH = 400, 64
MISSING = _("请填上这一项。")


class EntryForm(Form):
    """One thing. `id` keeps a resend from doubling."""

    id = fields.UUID(
        required=True, error_messages={"required": _("页面不完整，请刷新后再填"), "invalid_uuid": MISSING}
    )
    item = Text(required=True, error_messages={"required": _("请选做了哪一件事。")})
    day = fields.Date(
        required=True, error_messages={"required": MISSING, "invalid": _("请按 2026-10-16 这样写日期。")}
    )
    times = fields.Integer(
        load_default=1,
        validate=validate.Range(1, 31, error=_("次数应在 1 到 31 之间。")),
        error_messages={"invalid": _("请填整数。")},
    )
    what = Text(
        required=True,
        validate=validate.Length(max=WHAT_LENGTH, error=_("最多写 400 字。")),
        error_messages={"required": MISSING},
    )
    witness = Text(load_default="", validate=validate.Length(max=WITNESS_LENGTH, error=_("名字太长了。")))


class ReplyForm(Form):
    """The branch's word on a deduction."""

    reply = Text(
        required=True,
        validate=validate.Length(min=1, max=WHAT_LENGTH, error=_("请写 1 到 400 字。")),
        error_messages={"required": MISSING},
    )
