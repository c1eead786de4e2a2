"""The announced result as a township reads it: rows with ties marked, the derivation of one village."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import format_date, gettext

from services.township.verification.wording import unit_of
from shared.contracts.documents import IndicatorLine, ResultAnnounced, ResultRow, VillageResult
from shared.kit.clock import civil
from shared.kit.i18n import in_english, named
from shared.rules.rulebook_values import Rulebook
from shared.sync.contests import OpenContest

Ranks = Counter[tuple[str, int | None]]
PROPOSALS = ("pay", "appointment", "honours")


@dataclass(frozen=True)
class Result:
    """What the county announced; `own` are the asker's villages, whose derivation may be opened."""

    contest: OpenContest
    announced: ResultAnnounced
    own: Collection[UUID]

    @property
    def year(self) -> int:
        """The contest's year."""
        return self.contest.opened.year

    def rows(self, only: Sequence[ResultRow] | None = None) -> list[dict[str, Any]]:
        """Rows as pages show them, all of the county's unless given."""
        ranks: Ranks = Counter((row.group, row.rank) for row in self.announced.rows)
        return [self._row(row, ranks) for row in (self.announced.rows if only is None else only)]

    def _row(self, row: ResultRow, ranks: Ranks) -> dict[str, Any]:
        categories = self.contest.rulebook.categories
        return {
            "id": row.village_id,
            "code": row.code,
            "name": row.name,
            "township": row.township,
            "rank": row.rank,
            "tied": row.rank is not None and ranks[row.group, row.rank] > 1,
            "scores": [row.categories.get(one.code) for one in categories],
            "total": row.score,
            "tier": tier(self.contest.rulebook, row.tier),
            "excluded": row.excluded,
            "why_href": url_for("results.why", village_id=row.village_id, year=self.year)
            if row.village_id in self.own
            else "",
        }

    def state(self) -> dict[str, str]:
        """Under publicity or final, and until or since when."""
        if self.announced.stage == "publicity":
            until = _day(self.announced.objections_until)
            return {
                "label": gettext("公示中"),
                "colour": "amber",
                "note": gettext("不是最终结果，公示到 %(day)s", day=until) if until else "",
            }
        day = _day(civil(datetime.fromisoformat(self.announced.announced_at)).date().isoformat())
        return {"label": gettext("已发布"), "colour": "green", "note": gettext("%(day)s 发布", day=day)}

    def categories(self) -> list[dict[str, Any]]:
        """Categories with the most points each can give, in hundredths."""
        book = self.contest.rulebook
        return [
            {
                "name": named(one),
                "most": sum(item.weight for item in book.indicators if item.category == one.code),
            }
            for one in book.categories
        ]

    def meanings(self) -> list[dict[str, Any]]:
        """What each tier proposes for village cadres; people decide."""
        titles = {"pay": gettext("待遇"), "appointment": gettext("选拔任用"), "honours": gettext("评先荐优")}
        made = []
        for one in self.announced.tiers:
            english = self.contest.rulebook.tier(one.tier).proposals_en
            texts = {
                key: (in_english() and getattr(english, key)) or one.proposals.get(key, "") for key in titles
            }
            told = [{"title": titles[key], "text": texts[key]} for key in PROPOSALS if texts[key]]
            made.append({"tier": tier(self.contest.rulebook, one.tier), "proposals": told})
        return made


def tier(rulebook: Rulebook, number: int | None) -> dict[str, Any] | None:
    """A tier as ui/page.html draws it; None while undecided."""
    return None if number is None else {"number": number, "name": named(rulebook.tier(number))}


def _day(text: str) -> str:
    return format_date(date.fromisoformat(text), gettext("M 月 d 日")) if text else ""


def derivation(rulebook: Rulebook, told: VillageResult, name: str, span: int) -> dict[str, Any]:
    """Why one village stands where it stands, as ui/table.html breakdown draws it."""
    return {
        "id": told.village_id,
        "name": name,
        "plain": told.reason,
        "span": span,
        "parts": [_part(rulebook, category, told.lines) for category in rulebook.categories],
    }


def _part(rulebook: Rulebook, category: Any, lines: Sequence[IndicatorLine]) -> dict[str, Any]:
    own = [line for line in lines if line.category == category.code]
    return {
        "name": named(category),
        "score": sum(line.points for line in own),
        "lines": [_line(rulebook, line) for line in own],
    }


def _line(rulebook: Rulebook, line: IndicatorLine) -> dict[str, Any]:
    known = rulebook.by_code.get(line.code)
    return {
        "name": named(known) if known and in_english() else line.name,
        "unit": unit_of(known) if known else line.unit,
        "filed": line.filed or None,
        "verified": line.verified or None,
        "changed": line.changed,
        "by": gettext("县级更正") if line.corrected else line.changed_by,
        "reason": line.change_reason,
        "score": line.points,
        "most": line.weight,
    }
