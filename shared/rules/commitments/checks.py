"""Pointing out hollow commitments (M7): each finding has a reason and a better example, none blocks.

The source asks for 坚决避免空话、套话、喊口号，做到符合实际，力所能及，简明具体可操作; the branch decides.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from shared.rules.words import half_up

from .rulebook import Checks

# Stands where words were taken out, so that what stood apart does not run together.
_GAP = " "
_NUMERALS = "一二两三四五六七八九十百千万每"


@dataclass(frozen=True)
class Draft:
    """A commitment as typed: what, for whom, how many (whole units; None: left open), by when.

    `year` is the year committed to; `within` narrows it to a quarter or month (first and last day).
    """

    what: str
    for_whom: str
    count: int | None
    unit: str
    due: date | None
    year: int
    within: tuple[date, date] | None = None

    @property
    def period(self) -> tuple[date, date]:
        return self.within or (date(self.year, 1, 1), date(self.year, 12, 31))


@dataclass(frozen=True)
class Finding:
    """`field` is the draft's field it concerns; `hollow` findings count towards the hollow share."""

    code: str
    field: str
    reason: str
    reason_en: str
    example: str
    example_en: str
    hollow: bool


def findings(
    checks: Checks, draft: Draft, duties: Iterable[str] = (), earlier: Iterable[str] = ()
) -> tuple[Finding, ...]:
    """What a draft lacks, in the order of its fields; empty when nothing does. Any text may be given.

    `duties` are the basic duties of the member's points scheme, `earlier` last year's commitments.
    """
    found = [*_of_text(checks, draft.what, [*checks.duties, *duties], earlier)]
    found += _of_object(checks, draft.for_whom)
    found += _of_measure(draft)
    return tuple(_finding(checks, code, field, words) for code, field, words in found)


def is_hollow(found: Iterable[Finding]) -> bool:
    """Whether a commitment with these findings counts as hollow."""
    return any(one.hollow for one in found)


def hollow_share(per_commitment: Iterable[Iterable[Finding]]) -> int | None:
    """Commitments with a hollow finding, in hundredths of percent, half up; None when there are none."""
    marks = [is_hollow(found) for found in per_commitment]
    return half_up(sum(marks) * 100_00, len(marks)) if marks else None


def _finding(checks: Checks, code: str, field: str, words: str) -> Finding:
    advice = checks.advice[code]
    return Finding(
        code,
        field,
        advice.reason.replace("{found}", words),
        advice.reason_en.replace("{found}", words),
        advice.example,
        advice.example_en,
        advice.hollow,
    )


def _of_text(
    checks: Checks, what: str, duties: Sequence[str], earlier: Iterable[str]
) -> list[tuple[str, str, str]]:
    text, found = _bare(what), []
    if len(text) < checks.least_characters:
        found.append(("too_short", "what", str(checks.least_characters)))
    if duty := _like(text, duties, checks.likeness, part_counts=True):
        found.append(("only_duty", "what", duty))
    elif hollow := _hollow(checks, text):
        found.append(hollow)
    if old := _like(text, earlier, checks.likeness):
        found.append(("copied", "what", old))
    return found


def _hollow(checks: Checks, text: str) -> tuple[str, str, str] | None:
    """Slogans, or vague words only, without a deed, a number or enough else beside them."""
    rest, slogans = _without(text, checks.slogans)
    rest, themes = _without(rest, checks.themes)
    rest, vague = _without(rest, checks.vague_words)
    if _concrete(checks, rest):
        return None
    left, empty = len(rest.replace(_GAP, "")), slogans + themes
    if empty and (left < checks.least_substance or left * 100_00 < checks.least_share * len(text)):
        return ("slogan", "what", empty[0])
    if vague and left < checks.least_substance:
        return ("vague", "what", vague[0])
    return None


def _concrete(checks: Checks, rest: str) -> bool:
    """Whether a deed is named, or a number: digits, or a Chinese numeral with a measure."""
    return (
        any(sign.isdigit() for sign in rest)
        or any(_bare(deed) in rest for deed in checks.deeds)
        or any(number + _bare(measure) in rest for measure in checks.measures for number in _NUMERALS)
    )


def _of_object(checks: Checks, for_whom: str) -> list[tuple[str, str, str]]:
    text = _bare(for_whom)
    if not text:
        return [("no_object", "for_whom", "")]
    if text in {_bare(phrase) for phrase in checks.vague_objects}:
        return [("vague_object", "for_whom", for_whom.strip())]
    return []


def _of_measure(draft: Draft) -> list[tuple[str, str, str]]:
    found = []
    if draft.count is None:
        found.append(("no_count", "count", ""))
    elif draft.count <= 0:
        found.append(("zero_count", "count", ""))
    elif not _bare(draft.unit):
        found.append(("no_unit", "unit", str(draft.count)))
    first, last = draft.period
    if draft.due is None:
        found.append(("no_due", "due", ""))
    elif not first <= draft.due <= last:
        found.append(("outside_period", "due", f"{first.isoformat()} — {last.isoformat()}"))
    return found


@lru_cache(maxsize=4096)  # the same phrases are asked for with every draft
def _bare(text: str) -> str:
    """Letters and digits only, full-width forms folded: what a text says without its punctuation."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


@lru_cache(maxsize=64)
def _longest_first(phrases: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Each phrase bare and as written, longest first, so that a part never spoils the whole."""
    return tuple((_bare(phrase), phrase) for phrase in sorted(phrases, key=lambda one: (-len(one), one)))


def _without(text: str, phrases: tuple[str, ...]) -> tuple[str, list[str]]:
    """The text with the phrases taken out, and those found (as they are written)."""
    found = []
    for bare, phrase in _longest_first(phrases):
        if bare and bare in text:
            text = text.replace(bare, _GAP)
            found.append(phrase)
    return text, found


@lru_cache(maxsize=4096)
def _pairs(bare: str) -> Counter[tuple[str, str]]:
    return Counter(pairwise(bare))


def _like(text: str, others: Iterable[str], least: int, part_counts: bool = False) -> str:
    """The first text that is the same in essence, '' when none; a mere part of it counts if asked."""
    for other in others:
        bare = _bare(other)
        if text and bare and (text == bare or (part_counts and text in bare) or _alike(text, bare, least)):
            return other
    return ""


def _alike(text: str, bare: str, least: int) -> bool:
    """Whether enough pairs of neighbouring characters are the same (`least` in hundredths of percent)."""
    most, size = 2 * (min(len(text), len(bare)) - 1), len(text) + len(bare) - 2
    if size == 0 or most * 100_00 < least * size:
        return False  # too different in length to be alike, and much quicker to see
    return 2 * (_pairs(text) & _pairs(bare)).total() * 100_00 >= least * size
