"""What rules say to people: a line of a derivation, a refusal, an error; Chinese first, English beside it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One step of a derivation in words; `clause` is the provision it follows, where there is one."""

    text: str
    text_en: str
    clause: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why something may not be done yet; `missing` names what is still open (members, forms, months)."""

    code: str
    message: str
    message_en: str
    missing: tuple[str, ...] = ()


class RuleError(ValueError):
    """Input that a rule cannot work with; `message` in Chinese, `str` in English."""

    def __init__(self, message: str, message_en: str) -> None:
        super().__init__(message_en)
        self.message, self.message_en = message, message_en


def half_up(numerator: int, denominator: int) -> int:
    """The quotient as a whole number, a half rounds up (away from zero); `denominator` above 0."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size


def listed(names: Sequence[str], shown: int = 3, counter: str = "项") -> str:
    """'甲、乙、丙等 5 人' style lists: the first few names and how many there are."""
    return "、".join(names[:shown]) + (f"等 {len(names)} {counter}" if len(names) > shown else "")


def listed_en(names: Sequence[str], shown: int = 3) -> str:
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")
