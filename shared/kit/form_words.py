"""What marshmallow says of a field by itself, in words: its own are English and name types."""

from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import Schema, fields, validate

MISSING = _("请填上这一项。")
UNREADABLE = _("这一项读不出来，请重新选或者重新填。")
NUMBER = _("请填数字。")
DATE = _("请按 2026-10-16 这样写日期。")
TOO_LONG = _("写得太长了，请删短些。")

_FIELDS: dict[type[fields.Field[Any]], dict[str, Any]] = {
    fields.Field: {"required": MISSING, "null": MISSING, "validator_failed": UNREADABLE},
    fields.Nested: {"type": UNREADABLE},
    fields.List: {"invalid": UNREADABLE},
    fields.Tuple: {"invalid": UNREADABLE},
    fields.String: {"invalid": UNREADABLE, "invalid_utf8": UNREADABLE},
    fields.UUID: {"invalid_uuid": UNREADABLE},
    fields.Number: {"invalid": NUMBER, "too_large": _("这个数太大了。")},
    fields.Integer: {"invalid": _("请填整数。")},
    fields.Float: {"special": NUMBER},
    fields.Decimal: {"special": NUMBER},
    fields.Boolean: {"invalid": UNREADABLE},
    fields.DateTime: {"invalid": DATE, "invalid_awareness": DATE, "format": DATE},
    fields.Date: {"invalid": DATE, "format": DATE},
    fields.Mapping: {"invalid": UNREADABLE},
    fields.Enum: {"unknown": UNREADABLE},
}
_VALIDATORS: dict[type[validate.Validator], dict[str, Any]] = {
    validate.Length: {
        "message_min": _("至少写 {min} 个字。"),
        "message_max": TOO_LONG,
        "message_all": _("请写 {min} 到 {max} 个字。"),
        "message_equal": _("应为 {equal} 个字。"),
    },
    validate.Range: {"message_min": UNREADABLE, "message_max": UNREADABLE, "message_all": UNREADABLE},
    validate.OneOf: {"default_message": UNREADABLE},
    validate.NoneOf: {"default_message": UNREADABLE},
    validate.ContainsOnly: {"default_message": UNREADABLE},
    validate.Regexp: {"default_message": UNREADABLE},
    validate.Equal: {"default_message": UNREADABLE},
    validate.Predicate: {"default_message": UNREADABLE},
}


def say_it_in_words() -> None:
    """Put these in place of marshmallow's own, for every form that says nothing else. Twice is once."""
    for kind, words in _FIELDS.items():
        kind.default_error_messages = {**kind.default_error_messages, **words}
    for checking, said in _VALIDATORS.items():
        for name, text in said.items():
            setattr(checking, name, text)
    Schema.error_messages = {**Schema.error_messages, "type": UNREADABLE, "unknown": UNREADABLE}


say_it_in_words()
