"""Forms of a ballot box, as posted."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError, fields, validate, validates_schema

from shared.kit.fields import GivenForm, Text

MISSING = _("请填上这一项。")
WHOLE = _("请填整数。")
PHRASE = _("口令至少 10 个字符，可以是一句自己记得住的话。")


def _passphrase() -> Text:
    return Text(load_default="", validate=validate.Length(min=10, max=200, error=PHRASE))


def _teller() -> fields.UUID:
    said = _("请选监票人。")
    return fields.UUID(required=True, error_messages={"required": said, "invalid_uuid": said})


class OpenForm(GivenForm):
    """Two tellers, each with a passphrase typed twice: a slip of the finger would lose the box.

    A ballot on `paper` alone has nothing to open, and needs none.
    """

    paper = fields.Boolean(load_default=False, truthy={"yes"}, falsy={""})
    teller_1 = _teller()
    passphrase_1 = _passphrase()
    again_1 = _passphrase()
    teller_2 = _teller()
    passphrase_2 = _passphrase()
    again_2 = _passphrase()

    @validates_schema
    def typed_twice(self, data: Mapping[str, Any], **_rest: Any) -> None:
        """Both there, and both times the same."""
        if data["paper"]:
            return
        for number in ("1", "2"):
            for name in (f"passphrase_{number}", f"again_{number}"):
                if not data[name]:
                    raise ValidationError(str(MISSING), name)
            if data[f"passphrase_{number}"] != data[f"again_{number}"]:
                raise ValidationError(str(_("两次输入的口令不一样。")), f"again_{number}")


class CountForm(GivenForm):
    """Both tellers at once; on paper alone there is nothing to open."""

    passphrase_1 = Text(load_default="")
    passphrase_2 = Text(load_default="")


class SlipsForm(GivenForm):
    """How many codes to print."""

    many = fields.Integer(
        required=True,
        validate=validate.Range(1, 300, error=_("一次印 1 到 300 个。")),
        error_messages={"required": MISSING, "invalid": WHOLE},
    )


class HandedForm(GivenForm):
    """How many slips were handed out, and where."""

    handed = fields.Integer(
        required=True,
        validate=validate.Range(1, 300, error=_("发出的数应在 1 到 300 之间。")),
        error_messages={"required": MISSING, "invalid": WHOLE},
    )
    meeting = Text(
        required=True,
        validate=validate.Length(min=1, max=100, error=_("最多写 100 字。")),
        error_messages={"required": _("请写明在什么会上、发给哪些人。")},
    )


class PaperForm(GivenForm):
    """Sheets of paper, and who handed one in."""

    sheets = fields.Integer(
        required=True,
        validate=validate.Range(1, 999, error=_("纸质票张数应在 1 到 999 之间。")),
        error_messages={"required": MISSING, "invalid": WHOLE},
    )
    voters = fields.List(fields.UUID(error_messages={"invalid_uuid": MISSING}), load_default=list)


class VoidForm(GivenForm):
    """Why a box is given up."""

    reason = Text(
        required=True,
        validate=validate.Length(min=1, max=400, error=_("最多写 400 字。")),
        error_messages={"required": _("作废票箱要写明理由。")},
    )
