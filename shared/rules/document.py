"""Reading a document field by field; every error names the path and what to do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_DECIMAL = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


class DocumentError(ValueError):
    """A document that cannot be used: where (`path`), and what to do, in Chinese and in English."""

    def __init__(self, path: str, message: str, message_en: str) -> None:
        super().__init__(f"{path}: {message_en}")
        self.path, self.message, self.message_en = path, message, message_en


@dataclass(frozen=True)
class Section:
    """One object inside the document, with the path that leads to it ('' for the whole)."""

    value: dict[str, Any]
    path: str = ""

    @classmethod
    def of(cls, value: Any, path: str) -> "Section":
        if not isinstance(value, dict):
            raise DocumentError(path or "rulebook", "应为一个对象 {…}", "must be an object {…}")
        return cls(value, path)

    def at(self, key: str) -> str:
        """Path of a field of this section, such as `indicators[3].weight`."""
        return f"{self.path}.{key}" if self.path else key

    def only(self, required: Iterable[str], optional: Iterable[str] = ()) -> None:
        """Refuse missing and unknown fields: a misspelt key must not be read as absent."""
        required = list(required)
        known = {*required, *optional}
        for key in self.value:
            if key not in known:
                raise DocumentError(
                    self.at(str(key)),
                    f"不认识这个字段，请删去或改为：{'、'.join(sorted(known))}",
                    f"unknown field: remove it, or use one of {', '.join(sorted(known))}",
                )
        for key in required:
            if key not in self.value:
                raise DocumentError(self.at(key), "缺少这个字段，请补上", "is missing: add it")

    def text(self, key: str) -> str:
        value = self.value[key]
        if not isinstance(value, str) or not value.strip():
            raise DocumentError(self.at(key), "请填文字，不能为空", "must be text, not empty")
        return value

    def optional_text(self, key: str) -> str:
        return self.text(key) if key in self.value else ""

    def code(self, key: str) -> str:
        value = self.text(key)
        if not _CODE.fullmatch(value):
            raise DocumentError(
                self.at(key),
                "代码只用小写字母、数字和下划线，以字母开头",
                "a code has small letters, digits and underscores, and begins with a letter",
            )
        return value

    def whole(self, key: str, low: int, high: int) -> int:
        value = self.value[key]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise DocumentError(
                self.at(key), f"请填 {low} 到 {high} 的整数", f"must be a whole number from {low} to {high}"
            )
        return value

    def number(self, key: str) -> Decimal:
        return read_decimal(self.value[key], self.at(key))

    def optional_number(self, key: str) -> Decimal | None:
        return self.number(key) if key in self.value else None

    def choice(self, key: str, allowed: Iterable[str]) -> str:
        allowed = list(allowed)
        value = self.value[key]
        if value not in allowed:
            raise DocumentError(
                self.at(key), f"只能是：{'、'.join(allowed)}", f"must be one of {', '.join(allowed)}"
            )
        return str(value)

    def section(self, key: str) -> "Section":
        return Section.of(self.value[key], self.at(key))

    def items(self, key: str) -> list[Any]:
        value = self.value[key]
        if not isinstance(value, list):
            raise DocumentError(self.at(key), "应为一个列表 […]", "must be a list […]")
        return value

    def sections(self, key: str, least: int = 1) -> "list[Section]":
        values = self.items(key)
        if len(values) < least:
            raise DocumentError(self.at(key), f"至少要有 {least} 项", f"needs at least {least} entry")
        return [Section.of(value, f"{self.at(key)}[{index}]") for index, value in enumerate(values)]


def read_decimal(value: Any, path: str) -> Decimal:
    """A decimal string such as "12.5", or a whole number; JSON floats are refused as inexact."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    raise DocumentError(
        path, '请用引号写成小数，如 "12.5"', 'must be a decimal number in quotes, such as "12.5"'
    )
