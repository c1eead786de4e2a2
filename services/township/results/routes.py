"""Results: the own township's, the county's public table, and why each own village stands where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from services.township import current
from services.township.results.export import result_file
from services.township.results.reading import Result, derivation, tier
from shared.contracts.documents import ResultRow
from shared.kit.errors import Absent
from shared.kit.guard import allow
from shared.kit.web import db, me, now, wants_fragment
from shared.sync.contests import announced_result
from shared.sync.contests import why as why_of

results = Blueprint("results", __name__, url_prefix="/results", template_folder="templates")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE = 50


def _result() -> Result | None:
    contest = current.chosen()
    announced = announced_result(db(), contest.id) if contest else None
    if contest is None or announced is None:
        return None
    return Result(contest, announced, {row.village.id for row in current.returns()})


def _required() -> Result:
    found = _result()
    if found is None:
        raise Absent
    return found


@results.get("")
@allow("result.see")
def own() -> ResponseReturnValue:
    """The own villages' tiers, and what the tiers propose."""
    result, contest = _result(), current.chosen()
    title = {"title": contest.opened.title} if contest else None
    around = current.of_year(contest, ".own")
    if result is None:
        return render_template("township/results.html", contest=title, state=None, **around)
    rows = result.rows([row for row in result.announced.rows if row.village_id in result.own])
    return render_template(
        "township/results.html",
        contest=title,
        state=result.state(),
        correction=result.announced.correction_reason,
        categories=result.categories(),
        rows=rows,
        tallies=_tallies(result, rows),
        meanings=result.meanings(),
        county_href=url_for(".county", year=result.year),
        export_href=url_for(".export", year=result.year),
        **around,
    )


def _tallies(result: Result, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    numbers = [row["tier"]["number"] if row["tier"] else None for row in rows]
    book = result.contest.rulebook
    return [
        {"colour": "", "label": tier(book, one.number)["name"], "count": numbers.count(one.number)}  # type: ignore[index]
        | {"unit": gettext("个村"), "note": "", "href": ""}
        for one in book.tiers
    ]


@results.get("/county")
@allow("result.see")
def county() -> ResponseReturnValue:
    """The county's public table, fifty rows a page."""
    result = _required()
    asked = Filters.read(result.year)
    found = asked.passed(result.announced.rows)
    last = max(1, -(-len(found) // PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    return render_template(
        "township/county.html",
        contest={"title": result.contest.opened.title},
        total=len(result.announced.rows),
        state=result.state(),
        correction=result.announced.correction_reason,
        categories=result.categories(),
        rows=result.rows(found[(page - 1) * PAGE : page * PAGE]),
        townships_options=asked.townships(result),
        chips=asked.chips(result),
        search={"name": "q", "label": gettext("村名"), "value": asked.search},
        keep=[("year", asked.year), *([("tier", asked.tier)] if asked.tier else [])],
        pages={"current": page, "last": last, "href": lambda number: asked.href(page=number)},
        export_href=url_for(".county_export", **asked.arguments()),
        back={"label": gettext("竞赛结果"), "href": url_for(".own", year=result.year)},
        **current.of_year(result.contest, ".county"),
    )


@dataclass(frozen=True)
class Filters:
    """Township, tier and words of a name, from the address, within one year's table."""

    year: int
    township: str
    tier: int | None
    search: str

    @classmethod
    def read(cls, year: int) -> "Filters":
        """From the request."""
        words = request.args.get("q", "").strip()
        return cls(year, request.args.get("township", ""), request.args.get("tier", type=int), words)

    def passed(self, rows: Sequence[ResultRow]) -> list[ResultRow]:
        """The rows that pass."""
        return [
            row
            for row in rows
            if self.township in ("", row.township)
            and self.tier in (None, row.tier)
            and self.search in row.name
        ]

    def arguments(self, **changed: Any) -> dict[str, Any]:
        """For an address that keeps them."""
        kept = {
            "year": self.year,
            "township": self.township or None,
            "tier": self.tier,
            "q": self.search or None,
        }
        return {**kept, **changed}

    def href(self, **changed: Any) -> str:
        """The table's address with these filters."""
        return url_for("results.county", **self.arguments(**changed))

    def townships(self, result: Result) -> list[dict[str, Any]]:
        """Options: all, then each township in the table's order."""
        names = list(dict.fromkeys(row.township for row in result.announced.rows))
        every = {"value": "", "label": gettext("全部 %(count)s 个", count=len(names))}
        listed = [{"value": name, "label": name, "selected": name == self.township} for name in sorted(names)]
        return [every, *listed]

    def chips(self, result: Result) -> list[dict[str, Any]]:
        """One per tier, with how many villages hold it under the other filters."""
        rows = Filters(self.year, self.township, None, self.search).passed(result.announced.rows)
        numbers = [row.tier for row in rows]
        tiers = [
            (one.number, tier(result.contest.rulebook, one.number)) for one in result.contest.rulebook.tiers
        ]
        every: tuple[int | None, str, int] = (None, gettext("全部"), len(rows))
        chips = [every] + [(number, made["name"], numbers.count(number)) for number, made in tiers if made]
        return [
            {"label": label, "count": count, "active": number == self.tier, "href": self.href(tier=number)}
            for number, label, count in chips
        ]

    def in_words(self, result: Result) -> str:
        """As an export's head says them."""
        made = tier(result.contest.rulebook, self.tier) if self.tier else None
        return " · ".join(word for word in (self.township, made and made["name"], self.search) if word)


@results.get("/<uuid:village_id>/why")
@allow("result.see")
def why(village_id: UUID) -> ResponseReturnValue:
    """Why an own village stands where it stands: a row for htmx, a page without script."""
    result = _required()
    told = why_of(db(), result.contest.id, village_id)
    if told is None or village_id not in result.own:
        raise Absent
    name = next(row.village.name for row in current.returns() if row.village.id == village_id)
    values = derivation(result.contest.rulebook, told, name, span=5 + len(result.contest.rulebook.categories))
    if wants_fragment():
        return render_template("township/_why.html", why=values)
    back = {"label": gettext("竞赛结果"), "href": url_for(".own", year=result.year)}
    around = current.of_year(result.contest, ".own")
    return render_template("township/why.html", why=values, back=back, **around)


@results.get("/export.xlsx")
@allow("result.see")
def export() -> ResponseReturnValue:
    """The own township's result as Excel."""
    result = _required()
    rows = [row for row in result.announced.rows if row.village_id in result.own]
    return _sent(result, rows, gettext("本乡镇"))


@results.get("/county.xlsx")
@allow("result.see")
def county_export() -> ResponseReturnValue:
    """The county's public table as Excel, under the same filters."""
    result = _required()
    asked = Filters.read(result.year)
    return _sent(result, asked.passed(result.announced.rows), asked.in_words(result))


def _sent(result: Result, rows: Sequence[ResultRow], filters: str) -> ResponseReturnValue:
    body = result_file(result, rows, me().unit.name, filters, now())
    name = f"{me().unit.name}-{result.announced.year}-{gettext('竞赛结果')}.xlsx"
    return send_file(BytesIO(body), EXCEL, as_attachment=True, download_name=name)
