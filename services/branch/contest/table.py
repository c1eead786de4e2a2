"""The county's public table, narrowed and in pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext

from services.branch.contest.pages import frame, most_of
from services.branch.contest.reading import Result
from services.branch.village import village
from shared.contracts.documents import ResultRow
from shared.kit.i18n import named
from shared.rules.scoring import hundredths_text

PER_PAGE = 50


@dataclass(frozen=True)
class Pages:
    """Which page of how many; `href` gives the address of another."""

    current: int
    total: int
    wanted: Mapping[str, Any]

    @property
    def last(self) -> int:
        """The last page's number."""
        return max(1, -(-self.total // PER_PAGE))

    def href(self, page: int) -> str:
        """The address of a page under the same filter."""
        return address(self.wanted, page=page)


def address(wanted: Mapping[str, Any], **changed: Any) -> str:
    """This table's address under a changed filter; what is empty is left out."""
    merged = {**wanted, "page": 1, **changed}
    kept = {
        key: value for key, value in merged.items() if value not in ("", None) and (key, value) != ("page", 1)
    }
    return url_for("results.table", **kept)


def table_page(found: Result, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """One page of the county's table under a filter."""
    rulebook = found.contest.rulebook
    rows = [row for row in found.table if _fits(row, wanted)]
    last = max(1, -(-len(rows) // PER_PAGE))
    pages = Pages(min(wanted["page"], last), len(rows), wanted)
    start = (pages.current - 1) * PER_PAGE
    groups = {row.group for row in found.table}
    return {
        **frame(found.contest),
        "title": gettext("%(year)s 年全县结果", year=found.contest.opened.year),
        "back": {
            "label": gettext("竞赛结果"),
            "href": url_for("results.page", year=found.contest.opened.year),
        },
        "categories": [
            {"code": one.code, "name": named(one), "most": most_of(rulebook, one.code)}
            for one in rulebook.categories
        ],
        "columns": _columns(found, len(groups) > 1),
        "grouped": len(groups) > 1,
        "rows": [_row(found, row) for row in rows[start : start + PER_PAGE]],
        "pages": pages,
        "total": len(rows),
        "select": _townships(found, wanted),
        "chips": _chips(found, wanted),
        "search": {"name": "q", "label": gettext("村名"), "value": wanted["q"]},
        "keep": [(key, wanted[key]) for key in ("year", "tier") if wanted[key] not in ("", None)],
        "mine_href": _mine_href(found, wanted),
    }


def _columns(found: Result, grouped: bool) -> list[dict[str, str]]:
    rulebook = found.contest.rulebook
    first = [
        {"label": gettext("名次"), "kind": "num"},
        {"label": gettext("村居")},
        {"label": gettext("乡镇")},
    ]
    scored = [
        {"label": named(one), "note": f"/{_weight(most_of(rulebook, one.code))}", "kind": "num"}
        for one in rulebook.categories
    ]
    last = [{"label": gettext("总分"), "kind": "num"}, {"label": gettext("档次")}]
    return [*first, *([{"label": gettext("组别")}] if grouped else []), *scored, *last]


def _fits(row: ResultRow, wanted: Mapping[str, Any]) -> bool:
    return (
        (not wanted["township"] or row.township == wanted["township"])
        and (not wanted["tier"] or str(row.tier or 0) == wanted["tier"])
        and wanted["q"].strip() in row.name
    )


def _row(found: Result, row: ResultRow) -> dict[str, Any]:
    tier = found.contest.rulebook.tier(row.tier) if row.tier else None
    return {
        "rank": row.rank,
        "name": row.name,
        "township": row.township,
        "group": row.group,
        "scores": [row.categories.get(one.code) for one in found.contest.rulebook.categories],
        "total": row.score,
        "tier": {"number": tier.number, "name": named(tier)} if tier else None,
        "excluded": row.excluded,
        "mine": row.village_id == village().id,
    }


def _townships(found: Result, wanted: Mapping[str, Any]) -> dict[str, Any]:
    names = list(
        dict.fromkeys(row.township for row in sorted(found.announced.rows, key=lambda row: row.code))
    )
    options = [{"value": "", "label": gettext("全部 %(count)s 个", count=len(names)), "selected": False}]
    options += [{"value": name, "label": name, "selected": name == wanted["township"]} for name in names]
    return {"name": "township", "label": gettext("乡镇"), "options": options}


def _chips(found: Result, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tiers to choose from, with how many villages the other filters leave in each."""
    rows = [row for row in found.table if _fits(row, {**wanted, "tier": ""})]
    counts = {number: sum(str(row.tier or 0) == number for row in rows) for number in _numbers(found)}
    chips = [("", gettext("全部"), len(rows))]
    chips += [
        (str(tier.number), named(tier), counts[str(tier.number)]) for tier in found.contest.rulebook.tiers
    ]
    if counts["0"] or wanted["tier"] == "0":
        chips.append(("0", gettext("没有档次"), counts["0"]))
    return [
        {
            "label": label,
            "count": count,
            "href": address(wanted, tier=value),
            "active": wanted["tier"] == value,
        }
        for value, label, count in chips
    ]


def _numbers(found: Result) -> list[str]:
    return ["0", *(str(tier.number) for tier in found.contest.rulebook.tiers)]


def _mine_href(found: Result, wanted: Mapping[str, Any]) -> str:
    """Where the asker's own village stands in the unfiltered table."""
    place = next((n for n, row in enumerate(found.table) if row.village_id == village().id), None)
    if place is None:
        return ""
    everything = {"year": wanted["year"], "page": place // PER_PAGE + 1}
    return address({}, **everything) + "#mine"


def _weight(hundredths: int) -> str:
    """As few places as say it: 20, 8.5."""
    return hundredths_text(hundredths).rstrip("0").rstrip(".")
