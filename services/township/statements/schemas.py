"""Forms of the statements' room, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from services.township.statements.reviewing import REASON_LENGTH, Seen
from shared.kit.fields import Form, given_reason, ticked


class Selection(Form):
    """Ticked statements."""

    selected = ticked(Seen, _("请先勾选要办理的月报。"))


class ReasonForm(Selection):
    """Why statements go back."""

    reason = given_reason(_("请写明退回理由，支部会看到。"), REASON_LENGTH, _("理由最多写 400 字。"))


class LookedForm(Form):
    """Numbers of drawn claims that were looked at."""

    number = fields.List(
        fields.Integer(error_messages={"invalid": _("页面上的选择读不出来，请重新选。")}),
        required=True,
        validate=validate.Length(min=1, error=_("请先勾选看过的申报。")),
        error_messages={"required": _("请先勾选看过的申报。")},
    )
