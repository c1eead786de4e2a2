"""What county/trial.html is given: ties to decide, the picture, the table with its filters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext, ngettext

from services.county.contest.drawing import distribution
from services.county.contest.listing import (
    PAGE,
    Table,
    Wanted,
    category_points,
    changed,
    last_page,
    selected,
    tier_name,
)
from services.county.contest.models import TrialLine
from shared.kit.i18n import named


@dataclass(frozen=True)
class Pages:
    """Where a list stands; `href` gives the address of another page."""

    current: int
    last: int
    total: int
    href: Callable[[int], str]


Place = tuple[str, dict[str, Any]]
"""Which page the filters lead to: an endpoint and what its URL keeps."""


def view(table: Table, wanted: Wanted, place: Place | None = None) -> dict[str, Any]:
    """Everything of the page but what waits and what may be done."""
    place = place or ("contest.trial", {"n": table.trial.number})
    group = wanted.group if wanted.group in table.groups else (table.groups or [""])[0]
    wanted = Wanted(wanted.township, wanted.tier, wanted.changed, group, wanted.page)
    found = selected(table, wanted)
    last = last_page(len(found))
    current = min(wanted.page, last)
    return {
        "contest": _contest(table, group),
        "chart": distribution(table, group) if table.lines else None,
        "changes": _changes(table),
        "townships": _townships(table, wanted),
        "keep": [(name, value) for name, value in _query(wanted).items() if name not in ("township", "page")],
        "chips": _chips(table, wanted, place),
        "groups": _groups(table, wanted, place),
        "categories": _categories(table),
        "rows": [_row(table, line) for line in found[(current - 1) * PAGE : current * PAGE]],
        "pages": Pages(current, last, len(found), lambda page: _href(table, wanted, place, page=page)),
        "shown": len(found),
    }


def _contest(table: Table, group: str) -> dict[str, Any]:
    pool = table.trial.cuts.get(group, {"seats": []})
    return {
        "title": table.contest.title,
        "run": table.trial.number,
        "run_at": table.trial.at,
        "seats_note": gettext(
            "按规则应有：%(seats)s", seats=gettext("、").join(str(count) for count in pool["seats"])
        ),
    }


def _changes(table: Table) -> dict[str, Any] | None:
    if table.before is None:
        return None
    moved = list(table.moved.values())
    causes = sum(len(one.inputs) for one in moved)
    return {
        "up": sum(one.direction == "up" for one in moved),
        "down": sum(one.direction == "down" for one in moved),
        "note": ngettext("改数 %(num)s 处", "改数 %(num)s 处", causes) if causes else gettext("没有改数"),
        "href": url_for("contest.differences", contest_id=table.contest.id, number=table.trial.number),
        "count": sum(changed(table, one.line) for one in moved),
    }


def _townships(table: Table, wanted: Wanted) -> list[dict[str, Any]]:
    every = {"value": "", "label": gettext("全部 %(count)s 个", count=len(table.townships))}
    return [
        every,
        *(
            {"value": str(unit), "label": name, "selected": unit == wanted.township}
            for unit, name in table.townships.items()
        ),
    ]


def _chips(table: Table, wanted: Wanted, place: Place) -> list[dict[str, Any]]:
    def chip(label: str, tier: int | None, only_changed: bool = False) -> dict[str, Any]:
        to = Wanted(wanted.township, tier, only_changed, wanted.group)
        return {
            "label": label,
            "count": len(selected(table, to)),
            "href": _href(table, to, place),
            "active": (wanted.tier, wanted.changed) == (tier, only_changed),
        }

    made = [chip(gettext("全部"), None)]
    made += [chip(named(tier), tier.number) for tier in table.rulebook.tiers]
    if any(line.tier is None for line in table.lines):
        made.append(chip(gettext("待定或不参评"), 0))
    if table.before is not None:
        made.append(chip(gettext("有变动"), None, True))
    return made


def _groups(table: Table, wanted: Wanted, place: Place) -> list[dict[str, Any]]:
    """One chip per pool, where the rulebook parts villages from communities."""
    if len(table.groups) < 2:
        return []
    return [
        {
            "label": group[6:] or group,
            "count": table.trial.cuts[group]["pool"],
            "href": _href(table, Wanted(wanted.township, group=group), place),
            "active": group == wanted.group,
        }
        for group in table.groups
    ]


def _categories(table: Table) -> list[dict[str, Any]]:
    places = table.rulebook.category_positions
    return [
        {
            "name": named(category),
            "most": sum(table.rulebook.indicators[place].weight for place in places[category.code]),
        }
        for category in table.rulebook.categories
    ]


def _row(table: Table, line: TrialLine) -> dict[str, Any]:
    return {
        "id": str(line.unit_id),
        "rank": line.rank,
        "tied": (line.group, line.rank) in table.tied,
        "name": line.village_name,
        "township": table.townships.get(line.township_id, ""),
        "scores": category_points(line, table.rulebook),
        "total": line.score,
        "excluded": line.excluded,
        "tier": tier_view(table, line.tier),
        "change": since(table.former.get(line.unit_id), line.tier),
        "why_href": url_for(
            "contest.why", contest_id=table.contest.id, number=table.trial.number, village_id=line.unit_id
        ),
        "why": None,
    }


def tier_view(table: Table, number: int | None) -> dict[str, Any] | None:
    """A tier as ui/page.html draws it."""
    tier = tier_name(table.rulebook, number)
    return {"number": number, "name": named(tier)} if tier else None


def since(former: TrialLine | None, tier: int | None) -> dict[str, str]:
    """A tier beside last year's; a dash where either is not known."""
    if former is None or former.tier is None or tier is None:
        return {"direction": "", "label": "—"}
    gap = former.tier - tier
    if gap == 0:
        return {"direction": "same", "label": gettext("持平")}
    if gap > 0:
        return {"direction": "up", "label": gettext("↑%(gap)s档", gap=gap)}
    return {"direction": "down", "label": gettext("↓%(gap)s档", gap=-gap)}


def _query(wanted: Wanted) -> dict[str, Any]:
    return {
        key: value
        for key, value in {
            "township": wanted.township,
            "tier": wanted.tier,
            "changed": 1 if wanted.changed else None,
            "group": wanted.group,
            "page": wanted.page if wanted.page > 1 else None,
        }.items()
        if value is not None
    }


def _href(table: Table, wanted: Wanted, place: Place, page: int | None = None) -> str:
    query = {**_query(wanted), "page": page} if page else _query(wanted)
    if len(table.groups) < 2:
        query.pop("group", None)
    return url_for(place[0], contest_id=table.contest.id, **place[1], **query)


def ties(table: Table, refused: Mapping[int, dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """The blocks to decide; `refused` gives back what was typed, by the block's place in the list."""
    lines = {line.village_code: line for line in table.lines}
    return [
        {**_tie(table, place, block, lines), **(refused or {}).get(place, {})}
        for place, block in enumerate(table.trial.blocks)
    ]


def _tie(table: Table, place: int, block: dict[str, Any], lines: Mapping[str, TrialLine]) -> dict[str, Any]:
    first, count = block["seats"][0]
    return {
        "id": place,
        "version": table.trial.number,
        "score": block["score"],
        "tier_name": named(table.rulebook.tier(first)),
        "seats": count,
        # Across three tiers a tick is not enough: each village is then given its tier.
        "tiers": [
            {"number": tier, "name": named(table.rulebook.tier(tier)), "seats": free}
            for tier, free in block["seats"]
        ]
        if len(block["seats"]) > 2
        else [],
        "action": url_for("contest.decide_tie", contest_id=table.contest.id),
        "villages": [_candidate(table, lines[code]) for code in block["villages"]],
    }


def _candidate(table: Table, line: TrialLine) -> dict[str, Any]:
    return {
        "id": line.village_code,
        "name": line.village_name,
        "township": table.townships.get(line.township_id, ""),
        "score": line.score,
        "strongest": _strongest(table, line),
        "last_year": _tier_last_year(table, line.unit_id),
    }


def _strongest(table: Table, line: TrialLine) -> str:
    """The category with the largest share of its points."""
    best = max(_categories_of(table, line), key=lambda one: one[1] / max(one[2], 1), default=None)
    return f"{best[0]} {best[1] // 100}.{best[1] % 100:02d}" if best else ""


def _categories_of(table: Table, line: TrialLine) -> list[tuple[str, int, int]]:
    points = category_points(line, table.rulebook)
    return [
        (one["name"], score or 0, one["most"]) for one, score in zip(_categories(table), points, strict=True)
    ]


def _tier_last_year(table: Table, unit_id: UUID) -> str:
    former = table.former.get(unit_id)
    tier = tier_name(table.rulebook, former.tier) if former else None
    return named(tier) if tier else "—"
