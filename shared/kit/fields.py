"""Form fields every tier uses, and what a refused form says."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate

from shared.kit import form_words as form_words  # every form answers in words
from shared.kit.errors import Refused
from shared.kit.i18n import N_

Seen = TypeVar("Seen")
# Hundredths: nobody earns or loses ten thousand points at once.
MOST = 10**6


class Form(Schema):
    """A posted form; buttons and other fields nobody asked for are let be."""

    class Meta:
        unknown = EXCLUDE


class GivenForm(Form):
    """A form whose empty fields count as not given."""

    @pre_load
    def given(self, data: Mapping[str, Any], **_rest: Any) -> dict[str, Any]:
        """Leave out what was left empty."""
        return {name: value for name, value in data.items() if value != ""}


class Text(fields.String):
    """Free text. PostgreSQL keeps no NUL and no keyboard writes one: refused here, beside its field."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if "\0" in text:
            raise ValidationError([gettext("有看不见的字符，请删去重写。")])
        return text


class Version(fields.Integer):
    """The version of a row as somebody saw it: the page brings it, nobody types it."""

    default_error_messages = {  # noqa: RUF012
        "required": _("页面不完整，请刷新后再办。"),
        "null": _("页面不完整，请刷新后再办。"),
        "invalid": _("页面不完整，请刷新后再办。"),
    }


class Ticked(fields.Field[Seen], Generic[Seen]):
    """`<id>:<version>` of a ticked row, as `made(id, version)`."""

    def __init__(self, made: Callable[[UUID, int], Seen], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.made = made

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_rest: Any) -> Seen:
        one, _colon, version = str(value).partition(":")
        try:
            return self.made(UUID(one), int(version))
        except ValueError as error:
            raise ValidationError([gettext("页面上的选择读不出来，请重新选。")]) from error


def ticked(made: Callable[[UUID, int], Seen], none: Any) -> fields.List[Any]:
    """The ticked rows of a list, at least one; `none` is said where there is none."""
    return fields.List(
        Ticked(made),
        required=True,
        validate=validate.Length(min=1, error=none),
        error_messages={"required": none},
    )


def given_reason(missing: Any, most: int, too_long: Any) -> Text:
    """A reason that must be given, of at most so many characters."""
    return Text(
        required=True,
        validate=[validate.Length(min=1, error=missing), validate.Length(max=most, error=too_long)],
        error_messages={"required": missing},
    )


def typed_points(text: str) -> int:
    """Points as somebody typed them, in hundredths; '' is 0. Raises Refused for no number of two places."""
    try:
        hundredths = Decimal(text.strip() or "0") * 100
    except InvalidOperation as error:
        raise Refused(N_("分数请填数字，如 2 或 2.5。")) from error
    if not hundredths.is_finite():
        raise Refused(N_("分数请填数字，如 2 或 2.5。"))
    if abs(hundredths) > MOST:
        raise Refused(N_("分数最多 %(most)s 分。"), most=MOST // 100)
    if hundredths != hundredths.to_integral_value():
        raise Refused(N_("分数最多两位小数。"))
    return int(hundredths)


def told(error: ValidationError) -> list[dict[str, str]]:
    """A refused form's messages as ui/form.html's error summary takes them."""
    messages = error.messages_dict if isinstance(error.messages, dict) else {"": error.messages}
    return [{"field": name, "message": str(_first(found))} for name, found in messages.items()]


def _first(found: Any) -> Any:
    while isinstance(found, dict | list):
        found = next(iter(found.values())) if isinstance(found, dict) else found[0]
    return found
