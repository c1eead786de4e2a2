"""Fields that every rulebook has, read from its document: heading, points, percentages, flags, codes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from .canonical import digest
from .document import DocumentError, Section
from .rulebook import CERTAINTIES

HEADING = ("schema_version", "kind", "name", "source", "certainty", "effective_from")
HEADING_OPTIONAL = ("name_en", "note")
T = TypeVar("T")


@dataclass(frozen=True)
class Heading:
    """Who says so, how sure that is, from when; `hash` is the document's identity."""

    name: str
    name_en: str
    source: str
    certainty: str
    effective_from: date
    hash: str


def read_heading(document: dict[str, Any], top: Section, kind: str) -> Heading:
    """The heading of a rulebook of this kind; DocumentError at the first field that is wrong."""
    top.whole("schema_version", 1, 1)
    top.choice("kind", [kind])
    try:
        identity = digest(document)
    except (TypeError, ValueError) as error:
        raise DocumentError("rulebook", "小数请用引号写成文字", f"{error} (decimals go in quotes)") from error
    return Heading(
        top.text("name"),
        top.optional_text("name_en"),
        top.text("source"),
        top.choice("certainty", CERTAINTIES),
        read_date(top, "effective_from"),
        identity,
    )


def read_date(section: Section, key: str) -> date:
    try:
        return date.fromisoformat(section.text(key))
    except ValueError:
        raise DocumentError(
            section.at(key), "请填日期，如 2026-01-01", "must be a date such as 2026-01-01"
        ) from None


def hundredths(section: Section, key: str, most: int = 100_00, least: int = 0) -> int:
    """Points or a percentage of at most two decimals as whole hundredths, from `least` to `most`."""
    value = section.number(key) * 100
    if value != value.to_integral_value() or not least <= value <= most:
        low, high = str(least // 100), str(most // 100)
        raise DocumentError(
            section.at(key),
            f"请填 {low} 到 {high} 的数，最多两位小数",
            f"must be from {low} to {high} with at most two decimals",
        )
    return int(value)


def flag(section: Section, key: str) -> bool:
    value = section.value[key]
    if not isinstance(value, bool):
        raise DocumentError(section.at(key), "请填 true 或 false", "must be true or false")
    return value


def texts(section: Section, key: str, least: int = 0) -> tuple[str, ...]:
    """A list of different texts, none empty."""
    values = section.items(key)
    if len(values) < least:
        raise DocumentError(section.at(key), f"至少要有 {least} 项", f"needs at least {least} entry")
    for index, value in enumerate(values):
        if not isinstance(value, str) or not value.strip() or value in values[:index]:
            raise DocumentError(
                f"{section.at(key)}[{index}]",
                "请填文字，不能为空或重复",
                "must be text, not empty, not repeated",
            )
    return tuple(values)


def codes(section: Section, key: str, known: Iterable[str], least: int = 0) -> tuple[str, ...]:
    """A list of different codes out of `known`."""
    values, known = texts(section, key, least), list(known)
    for index, value in enumerate(values):
        if value not in known:
            raise DocumentError(
                f"{section.at(key)}[{index}]",
                f"只能是：{'、'.join(known)}",
                f"must be one of {', '.join(known)}",
            )
    return values


def each(section: Section, key: str, read: Callable[[Section], T], least: int = 1) -> tuple[T, ...]:
    """A list of objects, each with a `code` of its own, read one by one."""
    sections: Sequence[Section] = section.sections(key, least)
    seen: set[str] = set()
    for one in sections:
        one.only(["code"], one.value)
        code = one.code("code")
        if code in seen:
            raise DocumentError(
                one.at("code"), f"“{code}”重复，请换一个", f"'{code}' is used twice: choose another"
            )
        seen.add(code)
    return tuple(read(one) for one in sections)
