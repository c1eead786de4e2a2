"""Form fields every tier uses, and what a refused form says."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar
from uuid import UUID

from flask_babel import gettext
from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load

Seen = TypeVar("Seen")


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


def told(error: ValidationError) -> list[dict[str, str]]:
    """A refused form's messages as ui/form.html's error summary takes them."""
    messages = error.messages_dict if isinstance(error.messages, dict) else {"": error.messages}
    return [{"field": name, "message": str(_first(found))} for name, found in messages.items()]


def _first(found: Any) -> Any:
    while isinstance(found, dict | list):
        found = next(iter(found.values())) if isinstance(found, dict) else found[0]
    return found
