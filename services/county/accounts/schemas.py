"""Forms about accounts, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from shared.kit.fields import Form, Text

MISSING = _("请填上这一项。")
TOO_LONG = _("太长了，请写短一些。")
CHOOSE = _("请从列出的选项中选。")


class AccountForm(Form):
    """A new account."""

    login = Text(
        required=True,
        validate=validate.Regexp(
            r"^[0-9A-Za-z][0-9A-Za-z._-]{2,63}$", error=_("账号只用数字、字母和 . _ -，3 到 64 位。")
        ),
        error_messages={"required": MISSING},
    )
    name = Text(
        required=True,
        validate=[validate.Regexp(r"^\s*\S", error=MISSING), validate.Length(max=64, error=TOO_LONG)],
        error_messages={"required": MISSING},
    )


class StepForm(Form):
    """Why something is done to an account."""

    reason = Text(
        required=True,
        validate=[
            validate.Regexp(r"^\s*\S", error=_("请写明依据或理由，会记入审计日志。")),
            validate.Length(max=200, error=TOO_LONG),
        ],
        error_messages={"required": _("请写明依据或理由，会记入审计日志。")},
    )


class PostForm(StepForm):
    """A post to be given or taken away."""

    role = Text(
        required=True,
        validate=validate.Length(min=1, max=32, error=CHOOSE),
        error_messages={"required": CHOOSE},
    )
    unit = fields.UUID(required=True, error_messages={"required": CHOOSE, "invalid_uuid": CHOOSE})
