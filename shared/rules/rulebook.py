"""From a JSON document to a `Rulebook`: every field checked, every error with its path."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from .canonical import canonical_bytes, digest
from .document import DocumentError, Section
from .rulebook_values import (
    Category,
    Indicator,
    Linear,
    Proposals,
    Rulebook,
    Step,
    Steps,
    TieItem,
    Tier,
    Veto,
    YesNo,
)

__all__ = ["Rulebook", "RulebookError", "parse_rulebook", "rulebook_bytes", "rulebook_hash"]

RulebookError = DocumentError

_FIELDS = [
    *["schema_version", "kind", "name", "source", "certainty", "effective_from", "grouping"],
    *["categories", "indicators", "vetoes", "tiers"],
    *["apportionment", "ties", "missing_return", "publicity"],
]
_INDICATOR_FIELDS = [
    *["code", "name", "category", "unit", "weight", "direction"],
    *["places", "scoring", "source", "evidence"],
]
# An indicator's code heads a column of the contest's table, beside these.
_OWN_COLUMNS = frozenset(
    {"village_code", "village_name", "group", "vetoes", "score", "rank", "tier", "reason"}
    | {"township_code", "township_name"}
)
CERTAINTIES = ("official", "secondary", "inferred", "ours")


def rulebook_hash(document: dict[str, Any]) -> str:
    """SHA-256 (hex) of the document's canonical bytes: the rulebook's identity."""
    try:
        return digest(document)
    except (TypeError, ValueError) as error:
        raise RulebookError("rulebook", "小数请用引号写成文字", f"{error} (decimals go in quotes)") from error


def rulebook_bytes(document: dict[str, Any]) -> bytes:
    """The canonical bytes that are stored, signed and passed down."""
    return canonical_bytes(document)


def parse_rulebook(document: Any) -> Rulebook:
    """Check a contest rulebook document and freeze it; RulebookError at the first thing wrong."""
    top = Section.of(document, "")
    top.only(_FIELDS, ("name_en", "note"))
    top.whole("schema_version", 1, 1)
    top.choice("kind", ["contest"])
    categories = _categories(top)
    indicators = _indicators(top, {category.code for category in categories})
    tiers = _tiers(top)
    apportionment = top.section("apportionment")
    apportionment.only(["method", "equal_remainders"])
    apportionment.choice("method", ["largest_remainder"])
    publicity = top.section("publicity")
    publicity.only(["working_days"])
    return Rulebook(
        name=top.text("name"),
        name_en=top.optional_text("name_en"),
        source=top.text("source"),
        certainty=top.choice("certainty", CERTAINTIES),
        effective_from=_date(top, "effective_from"),
        grouping=top.choice("grouping", ["county", "kind"]),
        categories=categories,
        indicators=indicators,
        vetoes=_vetoes(top, indicators, len(tiers)),
        tiers=tiers,
        equal_remainders=apportionment.choice("equal_remainders", ["better_tier", "worse_tier"]),
        ties=_ties(top, categories, indicators),
        missing_return=top.choice("missing_return", ["excluded", "late"]),
        publicity_days=publicity.whole("working_days", 1, 60),
        hash=rulebook_hash(document),
    )


def _date(section: Section, key: str) -> date:
    try:
        return date.fromisoformat(section.text(key))
    except ValueError:
        raise RulebookError(
            section.at(key), "请填日期，如 2026-01-01", "must be a date such as 2026-01-01"
        ) from None


def _unique(codes: Iterable[tuple[str, str]], taken: Iterable[str] = ()) -> None:
    """Codes (with their paths) may appear once, and not among `taken`."""
    seen = set(taken)
    for path, code in codes:
        if code in seen:
            raise RulebookError(path, f"“{code}”重复，请换一个", f"'{code}' is used twice: choose another")
        seen.add(code)


def _categories(top: Section) -> tuple[Category, ...]:
    sections = top.sections("categories")
    for section in sections:
        section.only(["code", "name"], ["name_en"])
    _unique((section.at("code"), section.code("code")) for section in sections)
    return tuple(
        Category(section.code("code"), section.text("name"), section.optional_text("name_en"))
        for section in sections
    )


def _indicators(top: Section, categories: set[str]) -> tuple[Indicator, ...]:
    sections = top.sections("indicators")
    indicators = tuple(_indicator(section, categories) for section in sections)
    _unique((section.at("code"), section.value["code"]) for section in sections)
    _unique(((section.at("code"), section.value["code"]) for section in sections), categories)
    _unique((section.at("name"), section.value["name"]) for section in sections)
    total = sum(indicator.weight for indicator in indicators)
    if total != 100_00:
        raise RulebookError(
            "indicators",
            f"权重合计应为 100，现在是 {_plain(total)}，请调整",
            f"weights must sum to exactly 100, they sum to {_plain(total)}: adjust them",
        )
    for code in sorted(categories - {indicator.category for indicator in indicators}):
        raise RulebookError("categories", f"“{code}”下没有指标", f"'{code}' has no indicator: add one")
    return indicators


def _plain(hundredths: int) -> str:
    return f"{Decimal(hundredths) / 100:f}"


def _indicator(section: Section, categories: set[str]) -> Indicator:
    section.only(
        [
            "code",
            "name",
            "category",
            "unit",
            "weight",
            "direction",
            "places",
            "scoring",
            "source",
            "evidence",
        ],
        ["name_en", "unit_en", "min", "max"],
    )
    code = section.code("code")
    if code in _OWN_COLUMNS:
        raise RulebookError(
            section.at("code"),
            f"“{code}”已用作表格的列名，请换一个",
            f"'{code}' is a column of its own: choose another",
        )
    weight = _hundredths(section, "weight")
    low, high = section.optional_number("min"), section.optional_number("max")
    if low is not None and high is not None and low >= high:
        raise RulebookError(section.at("max"), "上限应大于下限 min", "must be above min")
    direction = section.choice("direction", ["higher", "lower"])
    unit = section.value["unit"]
    if not isinstance(unit, str):
        raise RulebookError(section.at("unit"), "请填文字，可为空", "must be text (may be empty)")
    return Indicator(
        code=code,
        name=section.text("name"),
        name_en=section.optional_text("name_en"),
        category=section.choice("category", sorted(categories)),
        unit=unit,
        unit_en=section.optional_text("unit_en"),
        weight=weight,
        direction=direction,
        places=section.whole("places", 0, 4),
        low=low,
        high=high,
        scoring=_scoring(section.section("scoring"), weight, direction),
        source=section.text("source"),
        evidence=section.text("evidence"),
    )


def _hundredths(section: Section, key: str, most: int = 100_00) -> int:
    """A number of points with at most two decimals, from 0 to `most` hundredths."""
    points = section.number(key) * 100
    if points != points.to_integral_value() or not 0 <= points <= most:
        limit = _plain(most)
        raise RulebookError(
            section.at(key),
            f"请填 0 到 {limit} 的分数，最多两位小数",
            f"must be points from 0 to {limit} with at most two decimals",
        )
    return int(points)


def _scoring(section: Section, weight: int, direction: str) -> Linear | Steps | YesNo:
    section.only([], ["linear", "steps", "yes_no"])
    if len(section.value) != 1:
        raise RulebookError(
            section.path,
            "计分方式 linear、steps、yes_no 任选其一",
            "must hold exactly one of linear, steps, yes_no",
        )
    if "linear" in section.value:
        return _linear(section.section("linear"), direction)
    if "steps" in section.value:
        return _steps(section.sections("steps"), weight, direction)
    inner = section.section("yes_no")
    inner.only(["yes"], ["no"])
    no = _hundredths(inner, "no", weight) if "no" in inner.value else 0
    return YesNo(_hundredths(inner, "yes", weight), no)


def _linear(section: Section, direction: str) -> Linear:
    section.only(["zero", "full"])
    line = Linear(section.number("zero"), section.number("full"))
    if line.zero == line.full or (line.full > line.zero) != (direction == "higher"):
        side = ("大于", "above") if direction == "higher" else ("小于", "below")
        raise RulebookError(
            section.at("full"),
            f"按指标方向，满分值应{side[0]} zero",
            f"must be {side[1]} zero: {direction} is better",
        )
    return line


def _steps(sections: Sequence[Section], weight: int, direction: str) -> Steps:
    steps = []
    for section in sections:
        section.only(["at", "points"])
        steps.append(Step(section.number("at"), _hundredths(section, "points", weight)))
    for section, before, after in zip(sections[1:], steps, steps[1:], strict=False):
        rising = after.points >= before.points if direction == "higher" else after.points <= before.points
        if after.at <= before.at or not rising:
            raise RulebookError(
                section.path,
                "各级应按 at 由小到大排列，分数随方向变化",
                "steps go in rising order of 'at', their points following the direction",
            )
    return Steps(tuple(steps))


def _vetoes(top: Section, indicators: Sequence[Indicator], tiers: int) -> tuple[Veto, ...]:
    sections = top.sections("vetoes", least=0)
    vetoes = tuple(_veto(section, indicators, tiers) for section in sections)
    _unique((section.at("event"), section.value["event"]) for section in sections if "event" in section.value)
    return vetoes


def _veto(section: Section, indicators: Sequence[Indicator], tiers: int) -> Veto:
    section.only(["name", "best_tier"], ["name_en", "event", "indicator", "below", "above"])
    name, name_en = section.text("name"), section.optional_text("name_en")
    best = section.whole("best_tier", 2, tiers)
    given = set(section.value) & {"event", "indicator", "below", "above"}
    if given == {"event"}:
        return Veto(name, name_en, best, event=section.code("event"))
    if given not in ({"indicator", "below"}, {"indicator", "above"}):
        raise RulebookError(
            section.path,
            "请写 event，或写 indicator 加 below、above 之一",
            "needs either event, or indicator with one of below, above",
        )
    code = section.choice("indicator", [item.code for item in indicators])
    if any(item.code == code and isinstance(item.scoring, YesNo) for item in indicators):
        raise RulebookError(
            section.at("indicator"), "是否类指标没有数值", "a yes/no indicator has no value to compare"
        )
    below, above = section.optional_number("below"), section.optional_number("above")
    return Veto(name, name_en, best, indicator=code, below=below, above=above)


def _tiers(top: Section) -> tuple[Tier, ...]:
    sections = top.sections("tiers", least=2)
    for number, section in enumerate(sections, start=1):
        section.only(["tier", "name", "share", "proposals"], ["name_en", "floor", "proposals_en"])
        section.whole("tier", number, number)
    tiers = tuple(_tier(section) for section in sections)
    total = sum(tier.share for tier in tiers)
    if total != 100:
        raise RulebookError(
            "tiers",
            f"各档比例合计应为 100%，现在是 {total:f}%",
            f"shares must sum to 100, they sum to {total:f}: adjust them",
        )
    _check_floors(tiers)
    return tiers


def _tier(section: Section) -> Tier:
    share = section.number("share")
    if share < 0:
        raise RulebookError(section.at("share"), "比例不能小于 0", "must not be below 0")
    floor = _hundredths(section, "floor") if "floor" in section.value else None
    english = _proposals(section, "proposals_en") if "proposals_en" in section.value else Proposals()
    return Tier(
        section.value["tier"],
        section.text("name"),
        section.optional_text("name_en"),
        share,
        floor,
        _proposals(section, "proposals"),
        english,
    )


def _proposals(section: Section, key: str) -> Proposals:
    inner = section.section(key)
    inner.only(["pay", "appointment", "honours"])
    return Proposals(inner.text("pay"), inner.text("appointment"), inner.text("honours"))


def _check_floors(tiers: Sequence[Tier]) -> None:
    """Floors fall from tier to tier; the last has none, or some village would belong nowhere."""
    if tiers[-1].floor is not None:
        raise RulebookError(
            f"tiers[{len(tiers) - 1}].floor",
            "最后一档不设最低分，请删去",
            "the last tier takes everyone left: remove its floor",
        )
    for index, (better, worse) in enumerate(pairwise(tiers), start=1):
        if worse.floor is not None and (better.floor is None or better.floor < worse.floor):
            raise RulebookError(
                f"tiers[{index}].floor",
                "最低分不能高于上一档的最低分",
                "must not be above the floor of the better tier",
            )


def _ties(
    top: Section, categories: Sequence[Category], indicators: Sequence[Indicator]
) -> tuple[TieItem, ...]:
    section = top.section("ties")
    section.only(["order"])
    known = {
        category.code: TieItem(
            category.code,
            category.name,
            tuple(place for place, item in enumerate(indicators) if item.category == category.code),
        )
        for category in categories
    }
    known |= {item.code: TieItem(item.code, item.name, (place,)) for place, item in enumerate(indicators)}
    order = section.items("order")
    for place, code in enumerate(order):
        if not isinstance(code, str) or code not in known:
            raise RulebookError(
                f"{section.at('order')}[{place}]",
                "请填方面或指标的代码",
                "must be the code of a category or an indicator",
            )
    _unique((f"{section.at('order')}[{place}]", code) for place, code in enumerate(order))
    return tuple(known[code] for code in order)
