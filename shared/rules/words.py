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


def months_listed(months: Sequence[str]) -> str:
    """Months written '2026-04' as '2026 年 4 至 6 月、9 月': runs together, each year named once."""
    return "，".join(f"{year} 年 " + "、".join(_run(*one) for one in runs) for year, runs in _runs(months))


def _run(first: int, last: int) -> str:
    return f"{first} 月" if first == last else f"{first} 至 {last} 月"


def months_listed_en(months: Sequence[str]) -> str:
    """The same as '2026-04 to 2026-06, 2026-09'."""
    return ", ".join(
        f"{year}-{first:02}" + ("" if first == last else f" to {year}-{last:02}")
        for year, runs in _runs(months)
        for first, last in runs
    )


def _runs(months: Sequence[str]) -> list[tuple[int, list[tuple[int, int]]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    for year, month in sorted((int(one[:4]), int(one[5:])) for one in months):
        runs = found.setdefault(year, [])
        if runs and runs[-1][1] + 1 == month:
            runs[-1] = (runs[-1][0], month)
        else:
            runs.append((month, month))
    return list(found.items())


def listed_en(names: Sequence[str], shown: int = 3) -> str:
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")
