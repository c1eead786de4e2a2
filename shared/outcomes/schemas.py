"""Forms of cases, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from shared.kit.fields import Form, GivenForm, Text, Version, ticked
from shared.outcomes.desk import Seen

TEXT_LENGTH = 1000
MISSING = _("请填上这一项。")
DAY = _("请按 2026-10-16 这样写日期。")


class Selection(Form):
    """Ticked cases."""

    selected = ticked(Seen, _("请先勾选要办理的事项。"))


class SayForm(GivenForm):
    """One word about one case; what a verdict fixes is asked for where it is needed."""

    version = Version(
        required=True, error_messages={"required": _("页面不完整，请刷新后再填"), "invalid": MISSING}
    )
    verdict = Text(load_default="")
    text = Text(load_default="", validate=validate.Length(max=TEXT_LENGTH, error=_("最多写 1000 字。")))
    codes = fields.List(Text(), load_default=[])
    first = fields.Date(load_default=None, error_messages={"invalid": DAY})
    last = fields.Date(load_default=None, error_messages={"invalid": DAY})
    correction = Text(load_default="", validate=validate.Length(max=TEXT_LENGTH, error=_("最多写 1000 字。")))
    grade = Text(load_default="")
    points = Text(load_default="0")


class AskForm(GivenForm):
    """An appeal or an application: what happened and why. `id` keeps a resend from doubling."""

    id = fields.UUID(
        required=True, error_messages={"required": _("页面不完整，请刷新后再填"), "invalid": MISSING}
    )
    text = Text(
        required=True,
        validate=validate.Length(max=TEXT_LENGTH, error=_("最多写 1000 字。")),
        error_messages={"required": _("请写明事实和理由。")},
    )
    codes = fields.List(Text(), load_default=[])
    member = fields.UUID(load_default=None, error_messages={"invalid": MISSING})
