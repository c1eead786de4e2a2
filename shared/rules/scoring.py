"""From an indicator's cell to points: integer hundredths, exact, half a hundredth rounds up (M5)."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from operator import getitem

from .rulebook_values import Indicator, Linear, Rulebook, Steps, Veto, YesNo

_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
_YES, _NO = frozenset({"是", "yes", "y", "1", "true"}), frozenset({"否", "no", "n", "0", "false"})


class BadValue(ValueError):
    """A cell that cannot be scored: what to write instead, in Chinese and in English (`str` is English)."""

    def __init__(self, message: str, message_en: str) -> None:
        super().__init__(message_en)
        self.message, self.message_en = message, message_en


_TEXTS = tuple(f"{points // 100}.{points % 100:02d}" for points in range(100_00 + 1))


def hundredths_text(points: int) -> str:
    """8840 → '88.40'."""
    if 0 <= points <= 100_00:
        return _TEXTS[points]
    sign, size = ("-", -points) if points < 0 else ("", points)
    return f"{sign}{size // 100}.{size % 100:02d}"


def read_value(indicator: Indicator, text: str) -> Decimal | bool:
    """The value a cell states, in the indicator's unit (True/False for yes/no); BadValue with advice.

    Full-width digits from a Chinese keyboard are read as digits; commas, units and '%' are not guessed at.
    """
    clean = unicodedata.normalize("NFKC", text).strip()
    if not clean:
        raise BadValue("没有填写，请填上", "is empty: fill it in")
    if isinstance(indicator.scoring, YesNo):
        return _read_yes_no(clean)
    if not _NUMBER.fullmatch(clean):
        raise _not_a_number(indicator, clean)
    value = Decimal(clean)
    places = indicator.places
    if value != round(value, places):
        most = (
            ("请填整数", "a whole number")
            if places == 0
            else (f"最多 {places} 位小数", f"at most {places} decimals")
        )
        raise BadValue(f"“{clean}”小数位太多，{most[0]}", f"'{clean}' has too many decimals: write {most[1]}")
    _check_plausible(indicator, value, clean)
    return value


def _read_yes_no(clean: str) -> bool:
    word = clean.lower()
    if word not in _YES and word not in _NO:
        raise BadValue(
            f"“{clean}”看不懂，请填“是”或“否”", f"'{clean}' is not an answer: write 是 or 否 (yes or no)"
        )
    return word in _YES


def _not_a_number(indicator: Indicator, clean: str) -> BadValue:
    example = "12" if indicator.places == 0 else "71.4"
    unit = f"（单位：{indicator.unit}）" if indicator.unit else ""
    return BadValue(
        f"“{clean}”不是数字，请只填数字，如 {example}，不带逗号、单位和百分号{unit}",
        f"'{clean}' is not a number: write digits only, such as {example}, without commas, units or %",
    )


def _check_plausible(indicator: Indicator, value: Decimal, clean: str) -> None:
    low, high = indicator.low, indicator.high
    if (low is None or value >= low) and (high is None or value <= high):
        return
    if low is not None and high is not None:
        zh, en = f"应在 {low:f} 到 {high:f} 之间", f"must be from {low:f} to {high:f}"
    elif low is not None:
        zh, en = f"不能小于 {low:f}", f"must not be below {low:f}"
    else:
        zh, en = f"不能大于 {high:f}", f"must not be above {high:f}"
    raise BadValue(f"“{clean}”{zh}，请核对单位", f"'{clean}' {en}: check the unit")


def score_value(indicator: Indicator, text: str) -> int:
    """Points in hundredths for one cell, from 0 to the indicator's weight; BadValue when unreadable."""
    value = read_value(indicator, text)
    rule = indicator.scoring
    if isinstance(rule, YesNo):
        return rule.yes if value else rule.no
    assert isinstance(value, Decimal)
    if isinstance(rule, Steps):
        return _score_steps(indicator, rule, value)
    return _score_linear(indicator, rule, value)


def _score_steps(indicator: Indicator, rule: Steps, value: Decimal) -> int:
    if indicator.direction == "higher":
        reached = [step.points for step in rule.steps if value >= step.at]
        return reached[-1] if reached else 0
    reached = [step.points for step in rule.steps if value <= step.at]
    return reached[0] if reached else 0


def _score_linear(indicator: Indicator, rule: Linear, value: Decimal) -> int:
    part = Fraction(value - rule.zero) / Fraction(rule.full - rule.zero)
    if part <= 0:
        return 0
    if part >= 1:
        return indicator.weight
    exact = part * indicator.weight
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


class _Memo(dict[str, int]):
    """Points by cell text; a bad cell raises each time and is not remembered."""

    def __init__(self, score: Callable[[str], int]) -> None:
        super().__init__()
        self._score = score

    def __missing__(self, text: str) -> int:
        points = self[text] = self._score(text)
        return points


class ScoreTable:
    """Scores rows of cells by one rulebook; each different cell text is worked out once.

    The country has 7.4 million cells and far fewer different ones, hence the memory.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._tables = [_Memo(_scorer(indicator)) for indicator in rulebook.indicators]
        places = {indicator.code: place for place, indicator in enumerate(rulebook.indicators)}
        self._by_value = [
            (places[veto.indicator], veto, _Memo(_veto_test(rulebook.by_code[veto.indicator], veto)))
            for veto in rulebook.vetoes
            if veto.indicator
        ]

    def points(self, cells: Sequence[str]) -> tuple[int, ...]:
        """Points in the order of the rulebook's indicators; BadValue if any cell is bad."""
        return tuple(map(getitem, self._tables, cells))

    def bars(self, cells: Sequence[str], events: Sequence[str]) -> tuple[Veto, ...]:
        """Vetoes that apply: by the indicators' values, then by event codes (KeyError when unknown)."""
        hit: tuple[Veto, ...] = ()
        for place, veto, memo in self._by_value:
            if memo[cells[place]]:
                hit += (veto,)
        if events:
            hit += tuple(self.rulebook.events[event] for event in events)
        return hit

    def bad_cells(self, cells: Sequence[str]) -> list[tuple[Indicator, BadValue]]:
        """Every cell of a row that cannot be scored, with its reason."""
        found = []
        for indicator, cell in zip(self.rulebook.indicators, cells, strict=True):
            try:
                score_value(indicator, cell)
            except BadValue as error:
                found.append((indicator, error))
        return found


def _scorer(indicator: Indicator) -> Callable[[str], int]:
    return lambda text: score_value(indicator, text)


def _veto_test(indicator: Indicator, veto: Veto) -> Callable[[str], int]:
    def test(text: str) -> int:
        value = read_value(indicator, text)
        return int(isinstance(value, Decimal) and veto.hit_by(value))

    return test


def cells_of(rulebook: Rulebook, values: Mapping[str, str]) -> tuple[str, ...]:
    """A return's values in the order of the rulebook's indicators; absent ones are blank (so: bad)."""
    return tuple([values.get(indicator.code, "") for indicator in rulebook.indicators])
