"""The rulebook of commitment checks as frozen values, and how its document is read (M7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.rules.document import DocumentError, Section
from shared.rules.fields import (
    HEADING,
    HEADING_OPTIONAL,
    Heading,
    each,
    flag,
    hundredths,
    read_heading,
    texts,
)
from shared.rules.rulebook import CERTAINTIES

CODES = (
    *("too_short", "slogan", "vague", "only_duty", "copied"),
    *("no_object", "vague_object", "no_count", "zero_count", "no_unit", "no_due", "outside_period"),
)

LISTS = ("slogans", "themes", "deeds", "measures", "vague_words", "vague_objects", "duties")


@dataclass(frozen=True)
class Advice:
    """What is said with one finding; '{found}' stands for the words found. `hollow` counts in the share."""

    code: str
    hollow: bool
    reason: str
    reason_en: str
    example: str
    example_en: str


@dataclass(frozen=True)
class Checks:
    """Phrase lists and thresholds: lengths in characters, likeness and share in hundredths of percent.

    A text says something when it names a deed or a number with a measure, or when enough of it (both
    `least_substance` and `least_share`) is left beside slogans, their themes and vague words.
    """

    heading: Heading
    least_characters: int
    least_substance: int
    least_share: int
    likeness: int
    slogans: tuple[str, ...]
    themes: tuple[str, ...]
    deeds: tuple[str, ...]
    measures: tuple[str, ...]
    vague_words: tuple[str, ...]
    vague_objects: tuple[str, ...]
    duties: tuple[str, ...]
    advice: Mapping[str, Advice]

    @property
    def hash(self) -> str:
        return self.heading.hash


def parse_checks(document: Any) -> Checks:
    """Check a document of kind 'commitment_checks' and freeze it; DocumentError at the first thing wrong."""
    top = Section.of(document, "")
    top.only(
        [*HEADING, "least_characters", "least_substance", "least_share", "likeness", "lists", "findings"],
        HEADING_OPTIONAL,
    )
    lists = top.section("lists")
    lists.only(LISTS)
    return Checks(
        heading=read_heading(document, top, "commitment_checks"),
        least_characters=top.whole("least_characters", 1, 100),
        least_substance=top.whole("least_substance", 1, 50),
        least_share=hundredths(top, "least_share"),
        likeness=hundredths(top, "likeness", least=1_00),
        slogans=_phrases(lists, "slogans"),
        themes=_phrases(lists, "themes"),
        deeds=_phrases(lists, "deeds"),
        measures=_phrases(lists, "measures"),
        vague_words=_phrases(lists, "vague_words"),
        vague_objects=_phrases(lists, "vague_objects"),
        duties=_phrases(lists, "duties"),
        advice=_advice(top),
    )


def _phrases(lists: Section, key: str) -> tuple[str, ...]:
    section = lists.section(key)
    section.only(["phrases", "source", "certainty"])
    section.text("source")
    section.choice("certainty", CERTAINTIES)
    return texts(section, "phrases", least=1)


def _advice(top: Section) -> dict[str, Advice]:
    advice = {one.code: one for one in each(top, "findings", _one)}
    if missing := [code for code in CODES if code not in advice]:
        raise DocumentError(
            "findings", f"还缺：{'、'.join(missing)}", f"lacks {', '.join(missing)}: add them"
        )
    return advice


def _one(section: Section) -> Advice:
    section.only(["code", "hollow", "reason", "reason_en", "example", "example_en"])
    return Advice(
        section.choice("code", CODES),
        flag(section, "hollow"),
        section.text("reason"),
        section.text("reason_en"),
        section.text("example"),
        section.text("example_en"),
    )
