"""The form that opens a year of points."""

from flask_babel import lazy_gettext as _
from marshmallow import EXCLUDE, Schema, fields, validate

from shared.kit.fields import Form, Text

MISSING = _("请填上这一项。")
NOTE_LENGTH = 200


class OpenForm(Schema):
    """Which year, whether branches may rank, what is said of the figures, and the year typed once more."""

    class Meta:
        unknown = EXCLUDE

    year = fields.Integer(
        required=True,
        validate=validate.Range(2000, 2100, error=_("年度应在 2000 到 2100 之间。")),
        error_messages={"required": MISSING, "invalid": _("请填整数。")},
    )
    ranked = Text(
        required=True,
        validate=validate.OneOf(["yes", "no"], error=_("请从列出的选项中选。")),
        error_messages={"required": _("请选支部能不能排名。")},
    )
    synthetic_note = Text(
        load_default="", validate=validate.Length(max=NOTE_LENGTH, error=_("最多写 200 字。"))
    )
    confirmation = Text(load_default="")


class ClosingForm(Form):
    """How many members without a grade anywhere whoever closes has looked at; the rest is typed besides."""

    ungraded = fields.Integer(load_default=0, error_messages={"invalid": _("请从列出的选项中选。")})
    confirmation = Text(load_default="")


class AskForm(Form):
    """Why a branch is asked to settle its year anew."""

    reason = Text(
        required=True,
        validate=[
            validate.Length(min=1, error=_("请写明哪里不一致、要支部做什么。")),
            validate.Length(max=400, error=_("最多写 400 字。")),
        ],
        error_messages={"required": _("请写明哪里不一致、要支部做什么。")},
    )
