"""A derivation as a page: the same sections, in the reader's language."""

from typing import Any

from shared.explaining.document import Explanation, Line, Section
from shared.explaining.words import Words, points
from shared.kit.i18n import in_english

# Long lists open on demand; what they come to stands in their heading.
FOLDED = ("claims", "statements", "postings")


def why_page(found: Explanation) -> dict[str, Any]:
    """What explaining/why.html is given, besides its crumb and addresses."""
    english = in_english()
    return {
        "title": found.sections[0].title.in_(english),
        "year": found.year,
        "differs": found.differs,
        "sections": [_section(one, english) for one in found.sections],
        **({"synthetic_note": found.note} if found.note else {}),
    }


def _section(one: Section, english: bool) -> dict[str, Any]:
    whole = next((line.value for line in one.lines if line.mark == "sum" and line.value is not None), None)
    return {
        "code": one.code.partition(":")[0],
        "title": one.title.in_(english),
        "rule": one.rule.in_(english),
        "folded": one.code in FOLDED and len(one.lines) > 1,
        "differs": any(line.mark == "differs" for line in one.lines),
        "count": len([line for line in one.lines if line.facts]),
        "whole": None if whole is None else points(whole),
        "lines": [_line(line, english) for line in one.lines],
    }


def _line(line: Line, english: bool) -> dict[str, Any]:
    return {
        "text": line.text.in_(english),
        "value": line.value,
        "clause": line.clause,
        "notes": [{"text": one.in_(english), "chinese": english and _chinese(one)} for one in line.notes],
        "mark": line.mark,
        "english": english,
    }


def _chinese(words: Words) -> bool:
    """Whether it is said in Chinese to everybody: people's own words, which are not translated."""
    return words.zh == words.en and not words.zh.isascii()
