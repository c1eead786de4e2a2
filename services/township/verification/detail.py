"""One village's return as its page shows it: twelve lines, vetoes, what may be done, what has been done."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext

from services.township.verification import wording
from services.township.verification.comparing import Comparison, Line
from services.township.verification.reading import ReturnRow
from services.township.verification.refusing import refusal
from shared.kit.accounts import SignedIn
from shared.kit.i18n import named
from shared.rules.rulebook_values import Rulebook, YesNo
from shared.sync.contests import OpenContest

PERMISSION = {
    "accept": "return.accept",
    "verify": "return.verify",
    "reopen": "return.verify",
    "send_back": "return.send_back",
    "approve": "rollup.approve",
}
# Findings are changed while they are nobody's but the finder's: a verified one is taken back first.
EDITABLE = ("received", "accepted", "county_returned")


def decisions(who: SignedIn, row: ReturnRow, contest: OpenContest) -> dict[str, str]:
    """What this person has authority for and makes sense now: decision → why not ('' when possible)."""
    sensible = {
        "received": ("accept", "verify", "send_back"),
        "accepted": ("verify", "send_back"),
        "county_returned": ("verify", "send_back"),
        "verified": ("approve", "reopen", "send_back"),
        "approved": ("reopen",),
    }.get(row.state, ())
    found = {}
    for what in sensible:
        if who.may(PERMISSION[what]):
            barred = refusal(what, who, row, contest)
            found[what] = wording.said(barred) if barred else ""
    return found


def why_closed(who: SignedIn, row: ReturnRow, contest: OpenContest) -> str:
    """Why nothing can be written into this return now, by whom it is held; '' when it can."""
    barred = refusal("verify", who, row, contest)
    if barred:
        return wording.said(barred)
    if not who.may("return.verify"):
        return gettext("核实由组织委员办理。您可以批准已经核实的申报表，或者写明理由退回。")
    if row.state == "verified" and row.verification:
        return gettext("已由%(name)s核实，等批准。要改先收回核实结论。", name=row.verification.verified_by)
    return ""


def parts(
    rulebook: Rulebook,
    comparison: Comparison,
    row: ReturnRow,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """The lines by category; `typed` and `problems` come back from a refusal."""
    lines = {line.indicator.code: line for line in comparison.lines(row)}
    return [
        {
            "name": named(category),
            "lines": [
                _line(lines[one.code], row, typed, (problems or {}).get(one.code, ""))
                for one in rulebook.indicators
                if one.category == category.code
            ],
        }
        for category in rulebook.categories
    ]


def _line(line: Line, row: ReturnRow, typed: Mapping[str, str] | None, error: str) -> dict[str, Any]:
    code, around = line.indicator.code, line.neighbours
    changes = row.verification.changes if row.verification else []
    change = next((one for one in changes if one["indicator"] == code), {})
    return {
        "code": code,
        "name": named(line.indicator),
        "unit": wording.unit_of(line.indicator),
        "yes_no": isinstance(line.indicator.scoring, YesNo),
        "filed": line.filed or "—",
        "last_year": line.last_year,
        "change": "" if line.change is None else f"{line.change:+d}%",
        "median": wording.number(around.middle) if around else None,
        "low": wording.number(around.lowest) if around else None,
        "high": wording.number(around.highest) if around else None,
        "doubts": [wording.doubt(one) for one in line.doubts],
        "corrected": change.get("verified", "") if typed is None else typed.get(f"value_{code}", ""),
        "reason": change.get("reason", "") if typed is None else typed.get(f"reason_{code}", ""),
        "error": error,
    }


def vetoes(
    rulebook: Rulebook,
    row: ReturnRow,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Events of the rulebook that bar better tiers, as found or as typed."""
    kept = {one["event"]: one["reason"] for one in (row.verification.vetoes if row.verification else [])}
    return [
        {
            "event": event,
            "name": named(veto),
            "best": named(rulebook.tier(veto.best_tier)),
            "found": event in kept if typed is None else bool(typed.get(f"veto_{event}")),
            "ground": kept.get(event, "") if typed is None else typed.get(f"ground_{event}", ""),
            "error": (problems or {}).get(event, ""),
        }
        for event, veto in rulebook.events.items()
    ]


def page_values(
    who: SignedIn,
    row: ReturnRow,
    contest: OpenContest,
    comparison: Comparison,
    history: Sequence[Mapping[str, Any]],
    neighbours: tuple[ReturnRow | None, ReturnRow | None],
) -> dict[str, Any]:
    """Everything the page needs but what was typed into it."""
    by, what, when = wording.last_word(row)
    label, colour = wording.STATES[row.state]
    possible = decisions(who, row, contest)
    closed = why_closed(who, row, contest)
    return {
        "village": {"id": row.village.id, "name": row.village.name},
        "year": contest.opened.year,
        "back": {"label": gettext("村级申报核实"), "href": url_for("verification.listing")},
        "state": {"label": label, "colour": colour, "who": f"{by} {what}", "when": when},
        "attempt": row.received.attempt if row.received else 0,
        "note": row.received.note if row.received else "",
        "reason": row.verification.reason if row.verification and row.state == "sent_back" else "",
        "by_county": row.by_county,
        "editable": not closed and row.state in EDITABLE,
        "why_not": closed,
        "version": row.token,
        "possible": possible,
        "actions": {name: _address(name, row) for name in PERMISSION},
        "history": history,
        "before": _link(neighbours[0]),
        "after": _link(neighbours[1]),
    }


def _address(what: str, row: ReturnRow) -> str:
    return url_for(f"verification.{what}_one", village_id=row.village.id)


def _link(row: ReturnRow | None) -> dict[str, str] | None:
    if row is None:
        return None
    return {"label": row.village.name, "href": url_for("verification.page", village_id=row.village.id)}
