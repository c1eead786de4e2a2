"""Forms of transfers, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import validate

from services.branch.roster.schemas import DATE, Day
from services.branch.transfers.actions import NOTE_LENGTH
from shared.kit.fields import Form, Text

MISSING = _("请从列出的选项中选。")


class OfferForm(Form):
    """Where somebody goes."""

    target = Text(
        required=True,
        validate=validate.Regexp(
            r"^\s*[0-9A-Za-z-]{1,32}\s*$", error=_("请填转往支部的代码，如 321323001001。")
        ),
        error_messages={"required": _("请填转往支部的代码，如 321323001001。")},
    )
    note = Text(load_default="", validate=validate.Length(max=NOTE_LENGTH, error=_("最多写 200 字。")))


class AcceptForm(Form):
    """From which day the member belongs here."""

    since = Day(required=True, error_messages=DATE)


class RefuseForm(Form):
    """Why the member is not taken in."""

    reason = Text(
        required=True,
        validate=[
            validate.Length(min=1, error=_("请写明不接收的理由，对方支部会看到。")),
            validate.Length(max=NOTE_LENGTH, error=_("最多写 200 字。")),
        ],
        error_messages={"required": _("请写明不接收的理由，对方支部会看到。")},
    )


class StrikeForm(Form):
    """Which carried claim ('branch:year:number'), what is done about it, and why."""

    claim = Text(
        required=True, validate=validate.Regexp(r"^[0-9a-f-]{36}:[0-9]{4}:[0-9]{1,8}$", error=MISSING)
    )
    act = Text(required=True, validate=validate.OneOf(["ask", "confirm", "decline"], error=MISSING))
    reason = Text(load_default="", validate=validate.Length(max=200, error=_("最多写 200 字。")))
