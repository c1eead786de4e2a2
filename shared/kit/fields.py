"""Form fields every tier uses, and what a refused form says."""

from typing import Any

from flask_babel import gettext
from marshmallow import ValidationError, fields


class Text(fields.String):
    """Free text. PostgreSQL keeps no NUL and no keyboard writes one: refused here, beside its field."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if "\0" in text:
            raise ValidationError([gettext("有看不见的字符，请删去重写。")])
        return text


def told(error: ValidationError) -> list[dict[str, str]]:
    """A refused form's messages as ui/form.html's error summary takes them."""
    messages = error.messages_dict if isinstance(error.messages, dict) else {"": error.messages}
    return [{"field": name, "message": str(_first(found))} for name, found in messages.items()]


def _first(found: Any) -> Any:
    while isinstance(found, dict | list):
        found = next(iter(found.values())) if isinstance(found, dict) else found[0]
    return found
