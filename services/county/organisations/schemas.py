"""Forms of the county on organisations' classes, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import validate

from services.county.organisations.approving import REASON_LENGTH, Seen
from shared.kit.fields import Form, Text, Version, ticked

STALE = _("页面不完整，请刷新后再办。")


def _reason() -> Text:
    return Text(load_default="", validate=validate.Length(max=REASON_LENGTH, error=_("理由最多写 200 字。")))


class Selection(Form):
    """Ticked classings."""

    selected = ticked(Seen, _("请先勾选要办理的定级。"))


class ReturnForm(Form):
    """One classing returned."""

    version = Version(required=True, error_messages={"required": STALE, "invalid": STALE})
    reason = _reason()


class RulingForm(ReturnForm):
    """What is decided on a request for review; `points` as typed."""

    upheld = Text(
        required=True,
        validate=validate.OneOf(["yes", "no"], error=_("请选复核结论。")),
        error_messages={"required": _("请选复核结论。")},
    )
    grade = Text(load_default="")
    points = Text(load_default="")
