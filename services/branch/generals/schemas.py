"""Forms of the general branch's pages, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from services.branch.generals.endorsing import REASON_LENGTH, Seen
from shared.kit.fields import Form, Text, Ticked


class Selection(Form):
    """Ticked months and appraisals."""

    selected = fields.List(
        Ticked(Seen),
        required=True,
        validate=validate.Length(min=1, error=_("请先勾选要办理的。")),
        error_messages={"required": _("请先勾选要办理的。")},
    )


class ReasonForm(Selection):
    """Why they go back."""

    reason = Text(
        required=True,
        validate=[
            validate.Length(min=1, error=_("请写明退回理由，支部会看到。")),
            validate.Length(max=REASON_LENGTH, error=_("理由最多写 400 字。")),
        ],
        error_messages={"required": _("请写明退回理由，支部会看到。")},
    )
