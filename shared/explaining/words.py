"""Words in both languages at once: a derivation is kept, so it does not depend on who asked."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from gettext import NullTranslations
from importlib.resources import files
from typing import Any

from babel.support import Translations

from shared.kit.clock import civil


@dataclass(frozen=True)
class Words:
    """The same in Chinese and in English."""

    zh: str
    en: str

    def __bool__(self) -> bool:
        return bool(self.zh)

    def in_(self, english: bool) -> str:
        """In the reader's language."""
        return self.en if english else self.zh


NOTHING = Words("", "")


@cache
def _catalogue() -> NullTranslations:
    return Translations.load(str(files("shared.kit") / "i18n"), ["en"])


def both(message: str, **values: Any) -> Words:
    """A msgid with its English; values that are Words are put in by language."""
    english = _catalogue().gettext(message)
    if not values:
        return Words(message, english)
    zh = {key: one.zh if isinstance(one, Words) else one for key, one in values.items()}
    en = {key: one.en if isinstance(one, Words) else one for key, one in values.items()}
    return Words(message % zh, english % en)


def plain(text: object) -> Words:
    """What people wrote, or a number: the same in both."""
    return Words(str(text), str(text))


def of_name(thing: object) -> Words:
    """The name of a rulebook's thing (`name`, `name_en`)."""
    name = str(getattr(thing, "name", thing))
    return Words(name, str(getattr(thing, "name_en", "") or name))


def joined(parts: list[Words]) -> Words:
    """As one list; empty ones fall out."""
    kept = [one for one in parts if one]
    return Words("；".join(one.zh for one in kept), "; ".join(one.en for one in kept))


def points(hundredths: int) -> str:
    """'12.50', '-3.00'."""
    return f"{'-' if hundredths < 0 else ''}{abs(hundredths) // 100}.{abs(hundredths) % 100:02}"


def moment(at: datetime | str | None) -> str:
    """'2026-03-01 09:05' in civil time; '' for none."""
    if not at:
        return ""
    return f"{civil(datetime.fromisoformat(at) if isinstance(at, str) else at):%Y-%m-%d %H:%M}"


def percent(hundredths: int) -> str:
    """Hundredths of percent as '30%' or '12.5%'."""
    return f"{points(hundredths).rstrip('0').rstrip('.')}%"
