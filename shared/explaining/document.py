"""A derivation as sections of lines, ready to be printed, kept as JSON, or put on a page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.explaining.words import NOTHING, Words, points


@dataclass(frozen=True)
class Line:
    """One step. `value` in hundredths; `notes` stand below it; `facts` are the same for machines.

    `mark`: 'sum' for what the lines before add up to, 'same' or 'differs' for a check, else ''.
    """

    text: Words
    value: int | None = None
    clause: str = ""
    notes: tuple[Words, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    mark: str = ""


@dataclass(frozen=True)
class Section:
    """Lines that belong together; `code` names it for machines, `rule` says which rulebook it follows."""

    code: str
    title: Words
    lines: Sequence[Line]
    rule: Words = NOTHING
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Explanation:
    """One member's year at one tier; `note` is what the county says of figures that are not real."""

    tier: str
    member_id: str
    year: int
    name: str
    note: str
    sections: Sequence[Section]

    def section(self, code: str) -> Section:
        """One section by its code; raises KeyError."""
        found = {one.code: one for one in self.sections}
        return found[code]

    @property
    def differs(self) -> bool:
        """Whether anything worked out again came to something else."""
        return any(line.mark == "differs" for one in self.sections for line in one.lines)


def as_json(found: Explanation) -> dict[str, Any]:
    """For machines: values in hundredths, every text in both languages."""
    return {
        "format": "sanji-explanation/1",
        "tier": found.tier,
        "member_id": found.member_id,
        "year": found.year,
        "name": found.name,
        "note": found.note,
        "differs": found.differs,
        "sections": [_section(one) for one in found.sections],
    }


def _section(one: Section) -> dict[str, Any]:
    return {
        "code": one.code,
        "title": _words(one.title),
        "rule": _words(one.rule),
        **({"facts": dict(one.facts)} if one.facts else {}),
        "lines": [_line(line) for line in one.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    made: dict[str, Any] = {"text": _words(line.text), "value": line.value}
    if line.clause:
        made["clause"] = line.clause
    if line.notes:
        made["notes"] = [_words(one) for one in line.notes]
    if line.facts:
        made["facts"] = dict(line.facts)
    if line.mark:
        made["mark"] = line.mark
    return made


def _words(one: Words) -> dict[str, str]:
    return {"zh": one.zh, "en": one.en}


def as_text(found: Explanation, english: bool) -> str:
    """For a terminal."""
    return "\n".join(_told(found, english)) + "\n"


def _told(found: Explanation, english: bool) -> Iterator[str]:
    if found.note:
        yield f"[{found.note}]"
    for one in found.sections:
        yield ""
        yield f"== {one.title.in_(english)} =="
        if one.rule:
            yield f"   {one.rule.in_(english)}"
        for line in one.lines:
            value = "" if line.value is None else f"{points(line.value):>10}  "
            yield f"{value}{line.text.in_(english)}{f'  〔{line.clause}〕' if line.clause else ''}"
            for note in line.notes:
                yield f"              {note.in_(english)}"
