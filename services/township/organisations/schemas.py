"""Forms of the township's decisions on branches as subjects, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from services.township.organisations.actions import REASON_LENGTH, Seen
from shared.kit.fields import Form, Text, Ticked


class Selection(Form):
    """Ticked entries."""

    selected = fields.List(
        Ticked(Seen),
        required=True,
        validate=validate.Length(min=1, error=_("请先勾选要办理的申报。")),
        error_messages={"required": _("请先勾选要办理的申报。")},
    )


class ReasonForm(Selection):
    """Why entries are returned or struck."""

    reason = Text(
        required=True,
        validate=[
            validate.Length(min=1, error=_("请写明理由，支部会看到。")),
            validate.Length(max=REASON_LENGTH, error=_("理由最多写 200 字。")),
        ],
        error_messages={"required": _("请写明理由，支部会看到。")},
    )
