"""The list of a township's returns as its page shows it: grouped by state, in the order of work."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext

from services.township.verification import wording
from services.township.verification.comparing import CHANGE_LIMIT, Comparison, Line
from services.township.verification.reading import ReturnRow
from services.township.verification.refusing import own, refusal
from shared.kit.accounts import SignedIn
from shared.kit.i18n import named
from shared.sync.contests import OpenContest
from shared.sync.exceptions import lasts, until_of

# Groups in the order of work: key, states.
GROUPS = (
    ("county_returned", ("county_returned",)),
    ("waiting", ("received", "accepted")),
    ("verified", ("verified",)),
    ("sent_back", ("sent_back",)),
    ("missing", ("missing",)),
    ("approved", ("approved",)),
)
# Decisions a selection may be put to, with the permission each needs.
BULK = {"accept": "return.accept", "verify": "return.verify", "approve": "rollup.approve"}


@dataclass(frozen=True)
class Listing:
    """What the list is made of. `heard`: when villages were last heard of; `ticked`: kept from a refusal."""

    contest: OpenContest
    rows: Sequence[ReturnRow]
    comparison: Comparison
    heard: Mapping[UUID, datetime]
    who: SignedIn
    now: datetime
    today: date
    ticked: Collection[UUID] = ()

    def groups(self, only: str = "", search: str = "") -> list[dict[str, Any]]:
        """The groups asked for, empty ones left out."""
        made = []
        for key, states in GROUPS:
            rows = [r for r in self.rows if r.state in states and search in r.village.name]
            if rows and only in ("", key):
                made.append(self._group(key, [self.line(row) for row in rows]))
        return made

    def _group(self, key: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
        clean = sum(line["selectable"] and line["group"] == key for line in lines)
        return {
            "key": key,
            "colour": COLOURS[key],
            "label": label(key),
            "count": gettext("%(count)s 个", count=len(lines)),
            "note": self._note(key),
            "select": clean > 0,
            "select_label": gettext("选中没有疑点的 %(count)s 个", count=clean)
            if key == "waiting"
            else gettext("选中这 %(count)s 个", count=clean),
            "rows": lines,
        }

    def _note(self, key: str) -> str:
        days = (self.contest.course.verifying_until - self.today).days
        left = (
            gettext("离上报县里还有 %(count)s 天", count=days) if days >= 0 else gettext("上报县里已经过期")
        )
        notes = {
            "county_returned": gettext("先处理，改好后重新核实、批准"),
            "waiting": left,
            "verified": gettext("等党委书记批准上报"),
            "sent_back": gettext("等村里改好重新报来"),
            "missing": missing_note(self.contest, self.today),
        }
        return notes.get(key, "") if self.contest.course.may_verify() else ""

    def line(self, row: ReturnRow) -> dict[str, Any]:
        """One village."""
        lines = self.comparison.lines(row) if row.received else []
        doubts = [one for one in lines if one.doubts]
        change = max((one for one in lines if one.change is not None), key=_size, default=None)
        who, what, when = wording.last_word(row)
        sync, offline = wording.heard(self.heard.get(row.village.id), self.now)
        return {
            "id": row.village.id,
            "version": row.token,
            "name": row.village.name,
            "person": row.received.filed_by if row.received else "",
            "doubts": len(doubts) if row.received else None,
            "change": abs(change.change or 0) if change else None,
            "change_label": f"{change.change:+d}%" if change else "",
            "change_name": named(change.indicator) if change else "",
            "why": self.why(row, doubts),
            "who": f"{who} {what}",
            "when": when,
            "sync": sync,
            "offline": offline,
            "selectable": self.selectable(row),
            "checked": row.village.id in self.ticked,
            "group": _group_of(row) + ("-doubted" if doubts and row.state != "verified" else ""),
            "action": {
                "label": self._action(row),
                "href": url_for("verification.page", village_id=row.village.id),
            },
        }

    def _missing(self, row: ReturnRow) -> str:
        """How late it is, or until when the county lets this village file."""
        if row.exception is not None and lasts(row.exception, self.now) and self.contest.course.may_verify():
            return gettext(
                "县里准予延期至 %(until)s：%(reason)s",
                until=wording.moment_of(until_of(row.exception)),
                reason=row.exception.reason,
            )
        return missing_note(self.contest, self.today)

    def selectable(self, row: ReturnRow) -> bool:
        """Whether any decision of the bar is this person's to take on this row now."""
        if row.state == "county_returned":
            return False  # what the county questioned is looked at one by one
        asked = ("verify",) if row.state in ("received", "accepted") else ("approve",)
        return any(
            self.who.may(BULK[what]) and refusal(what, self.who, row, self.contest) is None for what in asked
        )

    def why(self, row: ReturnRow, doubts: Sequence[Line]) -> str:
        """What one must know of this row before opening it."""
        found = row.verification
        if row.state == "county_returned" and row.by_county:
            return gettext("县里说：%(reason)s", reason=row.by_county.reason)
        if row.state == "sent_back" and found:
            return found.reason
        if row.state in ("received", "accepted"):
            return _doubted(doubts)
        if found is None:
            return self._missing(row) if row.state == "missing" else ""
        changed = (
            gettext("改了 %(count)s 项", count=len(found.changes)) if found.changes else gettext("按填报数")
        )
        if row.state == "verified" and self.who.may("rollup.approve") and own(self.who, row):
            return f"{changed} · {gettext('您本人核实的，要请另一位同志批准')}"
        return changed

    def _action(self, row: ReturnRow) -> str:
        """The word on a row's button."""
        if row.state == "county_returned" and self.who.may("return.verify"):
            return gettext("处理")
        needs = {"received": "verify", "accepted": "verify", "verified": "approve"}.get(row.state)
        if needs and self.who.may(BULK[needs]) and refusal(needs, self.who, row, self.contest) is None:
            return gettext("核实") if needs == "verify" else gettext("批准")
        return gettext("查看")

    def tallies(self) -> list[dict[str, Any]]:
        """How many stand in each group, each leading to it."""
        counts = counted(self.rows)
        return [
            {
                "colour": COLOURS[key],
                "label": gettext("待核实") if key == "waiting" else label(key),
                "count": counts[key],
                "unit": gettext("个村"),
                "note": "",
                "href": url_for("verification.listing", state=key),
            }
            for key, _states in GROUPS
        ]


COLOURS = {
    "county_returned": "red",
    "waiting": "green",
    "verified": "amber",
    "sent_back": "amber",
    "missing": "amber",
    "approved": "",
}


def label(key: str) -> str:
    """A group's name."""
    return gettext("待受理、待核实") if key == "waiting" else str(wording.STATES[key][0])


def counted(rows: Sequence[ReturnRow]) -> dict[str, int]:
    """How many returns stand in each group."""
    return {key: sum(row.state in states for row in rows) for key, states in GROUPS}


def limit() -> int:
    """Percent against last year at which the bar has its tick."""
    return CHANGE_LIMIT


def missing_note(contest: OpenContest, today: date) -> str:
    """How long villages still have to file, or that collecting has ended."""
    if contest.course.stage != "collecting":
        return gettext("县里已结束收集，补报须经县里准予延期")
    days = (contest.course.filing_until - today).days
    if days >= 0:
        return gettext("离申报截止还有 %(count)s 天", count=days)
    return gettext("申报已过期 %(count)s 天", count=-days)


def _group_of(row: ReturnRow) -> str:
    return next(key for key, states in GROUPS if row.state in states)


def _size(line: Line) -> int:
    return abs(line.change or 0)


def _doubted(doubts: Sequence[Line]) -> str:
    """The gravest doubt in words, and how many more there are."""
    if not doubts:
        return gettext("没有疑点")
    worst = max(doubts, key=lambda line: max(one.percent for one in line.doubts))
    words = f"{named(worst.indicator)}{' ' if named(worst.indicator).isascii() else ''}" + wording.doubt(
        max(worst.doubts, key=lambda one: one.percent)
    )
    if len(doubts) == 1:
        return words
    return gettext("%(worst)s，另有 %(count)s 项", worst=words, count=len(doubts) - 1)
