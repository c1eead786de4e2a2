"""Plain makers for the rules' tests: a small rulebook document, entries with given totals."""

from typing import Any

from shared.rules.contest import Entry
from shared.rules.rulebook import Rulebook, parse_rulebook

SHARES = ("10", "45", "35", "10")
NAMES = ("一档", "二档", "三档", "四档")


def make_document(**changes: Any) -> dict[str, Any]:
    """Two categories, three indicators (60 + 30 + 10), scored so that the value is the percentage."""
    proposals = {"pay": "上浮", "appointment": "优先", "honours": "推荐"}
    document: dict[str, Any] = {
        "schema_version": 1,
        "kind": "contest",
        "name": "测试规则",
        "source": "测试",
        "certainty": "ours",
        "effective_from": "2026-01-01",
        "grouping": "county",
        "categories": [{"code": "party", "name": "党的建设"}, {"code": "economy", "name": "经济发展"}],
        "indicators": [
            make_indicator("meetings", "三会一课", "party", "60"),
            make_indicator("income", "收入", "economy", "30"),
            make_indicator("helped", "带动", "economy", "10"),
        ],
        "vetoes": [],
        "tiers": [
            {"tier": number, "name": name, "share": share, "proposals": proposals}
            for number, (name, share) in enumerate(zip(NAMES, SHARES, strict=True), start=1)
        ],
        "apportionment": {"method": "largest_remainder", "equal_remainders": "better_tier"},
        "ties": {"order": ["party"]},
        "missing_return": "late",
        "publicity": {"working_days": 5},
    }
    return document | changes


def make_indicator(code: str, name: str, category: str, weight: str, **changes: Any) -> dict[str, Any]:
    indicator: dict[str, Any] = {
        "code": code,
        "name": name,
        "category": category,
        "unit": "%",
        "weight": weight,
        "direction": "higher",
        "places": 2,
        "min": "0",
        "max": "100",
        "scoring": {"linear": {"zero": "0", "full": "100"}},
        "source": "测试",
        "evidence": "台账",
    }
    return indicator | changes


def make_rulebook(**changes: Any) -> Rulebook:
    return parse_rulebook(make_document(**changes))


def make_entry(
    number: int, meetings: object = "50", income: object = "50", helped: object = "50", **changes: Any
) -> Entry:
    fields: dict[str, Any] = {
        "village_code": f"{321323001000 + number}",
        "village_name": f"第{number}村",
        "group": "321323",
        "values": {"meetings": str(meetings), "income": str(income), "helped": str(helped)},
        "vetoes": (),
    }
    return Entry(**(fields | changes))


def make_ladder(count: int) -> list[Entry]:
    """So many villages, all of different score, the first the best."""
    return [make_entry(number, meetings=f"{100 - number * 0.25:.2f}") for number in range(1, count + 1)]
