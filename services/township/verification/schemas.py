"""Forms of the verification room, as posted."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate

from services.township.verification.bulk import Choice
from shared.kit.fields import Text
from shared.rules.rulebook_values import Rulebook

REASON_LENGTH = 500


class Form(Schema):
    """Spaces around what was typed do not count; buttons and the like are let be."""

    class Meta:
        unknown = EXCLUDE

    @pre_load
    def strip(self, data: Mapping[str, Any], **_rest: Any) -> dict[str, Any]:
        """Take the spaces off."""
        return {name: value.strip() if isinstance(value, str) else value for name, value in data.items()}


class Ticked(fields.Field[Choice]):
    """`<village id>:<token>` of a ticked row."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_rest: Any) -> Choice:
        village, _colon, token = str(value).partition(":")
        try:
            return Choice(UUID(village), token)
        except ValueError as error:
            raise ValidationError(str(_("页面上的选择读不出来，请重新选。"))) from error


class Selection(Form):
    """Ticked rows."""

    selected = fields.List(
        Ticked(),
        required=True,
        validate=validate.Length(min=1, error=_("先在上面选村。")),
        error_messages={"required": _("先在上面选村。")},
    )


class Reason(Form):
    """Why something goes back."""

    reason = Text(
        required=True,
        validate=[
            validate.Length(min=1, error=_("退回要写明理由，支部才知道怎么改。")),
            validate.Length(max=REASON_LENGTH, error=_("理由最多写 500 字。")),
        ],
        error_messages={"required": _("退回要写明理由，支部才知道怎么改。")},
    )


class Seen(Form):
    """What the page had seen of the return."""

    version = Text(load_default="")


def verdict(rulebook: Rulebook) -> Schema:
    """Corrected values with reasons by indicator, and event vetoes with reasons, for this rulebook."""
    typed = Text(load_default="", validate=validate.Length(max=REASON_LENGTH, error=_("写得太长了。")))
    names = [f"{part}_{one.code}" for one in rulebook.indicators for part in ("value", "reason")]
    names += [f"{part}_{event}" for event in rulebook.events for part in ("veto", "ground")]
    return Form.from_dict({"version": Text(load_default=""), **dict.fromkeys(names, typed)})()
