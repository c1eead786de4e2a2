"""Forms of claims and months, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from services.branch.points.deciding import REASON_LENGTH, Chosen
from shared.kit.fields import Form, Text, Ticked

WHAT_LENGTH, WITNESS_LENGTH, NOTE_LENGTH = 400, 64, 400
MISSING = _("请填上这一项。")
MOST_POINTS = 1000


class Selection(Form):
    """Ticked claims."""

    selected = fields.List(
        Ticked(Chosen),
        required=True,
        validate=validate.Length(min=1, error=_("请先勾选要办理的申报。")),
        error_messages={"required": _("请先勾选要办理的申报。")},
    )


class ReasonForm(Selection):
    """Why claims are returned or struck."""

    reason = Text(
        required=True,
        validate=[
            validate.Length(min=1, error=_("请写明理由，申报人会看到。")),
            validate.Length(max=REASON_LENGTH, error=_("理由最多写 200 字。")),
        ],
        error_messages={"required": _("请写明理由，申报人会看到。")},
    )


class ClaimForm(Form):
    """A claim, for one member or (by the branch) for several at once. `id` keeps a resend from doubling."""

    id = fields.UUID(
        required=True, error_messages={"required": _("页面不完整，请刷新后再填"), "invalid": MISSING}
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


class ProxyForm(ClaimForm):
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


class ReplyForm(Form):
    """The member's word on a deduction."""

    reply = Text(
        required=True, validate=validate.Length(min=1, max=WHAT_LENGTH, error=_("请写 1 到 400 字。"))
    )
