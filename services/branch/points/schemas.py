"""Forms of claims and months, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from services.branch.points.deciding import REASON_LENGTH, Chosen
from shared.kit.entries import EntryForm
from shared.kit.fields import Form, Text, given_reason, ticked

NOTE_LENGTH = 400


class Selection(Form):
    """Ticked claims."""

    selected = ticked(Chosen, _("请先勾选要办理的申报。"))


class ReasonForm(Selection):
    """Why claims are returned or struck."""

    reason = given_reason(_("请写明理由，申报人会看到。"), REASON_LENGTH, _("理由最多写 200 字。"))


class ProxyForm(EntryForm):
    """The branch files for the members ticked."""

    members = fields.List(
        fields.UUID(error_messages={"invalid_uuid": _("页面上的选择读不出来，请重新选。")}),
        required=True,
        validate=validate.Length(min=1, max=500, error=_("请先选党员。")),
        error_messages={"required": _("请先选党员。")},
    )


class CloseForm(Form):
    """Closing a month; the note answers the township where it was sent back."""

    note = Text(load_default="", validate=validate.Length(max=NOTE_LENGTH, error=_("最多写 400 字。")))
