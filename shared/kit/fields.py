"""Form fields every tier uses."""

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
