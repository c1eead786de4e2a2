"""Cases that came along with those who moved here, as the pages of outcomes show them: to be read only."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext

from services.branch.roster.models import Member
from services.branch.transfers.brought import Here, as_told, brought_here, words_of
from services.branch.transfers.models import BroughtCase
from shared.contracts.transfers import CarriedWord
from shared.kit.clock import civil
from shared.kit.i18n import in_english
from shared.kit.web import db, me, now
from shared.outcomes import wording
from shared.outcomes.single import settled
from shared.rules.outcomes import STATES


def brought_groups(year: int) -> list[dict[str, Any]]:
    """By the branch that settles them, {branch, rows}, as the address narrows them; a member: all years."""
    personal = me().scope.person is not None
    found = brought_here(db(), me().unit.id, None if personal else year)
    shown = [one for one in found if personal or _asked(one.case, one.member)]
    return [
        {"branch": branch, "rows": [_row(one) for one in rows]}
        for (_code, branch), rows in groupby(shown, key=lambda one: (one.case.branch_code, one.branch))
    ]


def brought_links(member_id: UUID, year: int) -> list[dict[str, Any]]:
    """A member's of a year as links, beside another case."""
    return list(_links(member_id, year))


def _links(member_id: UUID, year: int) -> Iterator[dict[str, Any]]:
    for one in brought_here(db(), me().unit.id, year, beside=member_id):
        case = one.case
        state, colour = wording.state(case.sort, case.state)
        shown = url_for("outcomes.page", year=year, state="all") + f"#c-{case.id}"
        yield {
            "label": _said(case.name),
            "state": state,
            "colour": colour,
            # Of who has gone the list shows none.
            "href": shown if one.member.until is None else "",
            "note": gettext("从%(branch)s转来", branch=one.branch),
        }


def _asked(case: BroughtCase, member: Member) -> bool:
    """Whether the filters of the list leave it."""
    asked = {name: request.args.get(name, "").strip() for name in ("state", "what", "tier", "name")}
    state, what = asked["state"], asked["what"]
    return (
        (state not in STATES or case.state == state)
        and what in ("", case.sort, case.code)
        and asked["tier"] in ("", case.tier)
        and asked["name"] in member.name
    )


def _said(pair: list[str]) -> str:
    """Of [Chinese, English], the reader's."""
    return pair[1] if in_english() else pair[0]


def _row(one: Here) -> dict[str, Any]:
    case, member = one.case, one.member
    state, colour = wording.state(case.sort, case.state)
    appeal = case.appeal_by if case.appeal_by and civil(now()).date() <= case.appeal_by else None
    return {
        "id": case.id,
        "year": case.year,
        "name": member.name,
        "number": member.number,
        "unit": gettext("%(branch)s（转来）", branch=one.branch),
        "what": _said(case.name),
        "tier": gettext(wording.TIERS[case.tier]),
        "decides": _decides(one),
        "state": state,
        "colour": colour,
        "stands": settled(as_told(case)) if case.state not in ("open", "decided") else "",
        "until": case.until.isoformat() if case.until else "",
        "appeal_by": appeal.isoformat() if appeal else "",
        "reasons": [_said(line) for line in case.reasons] or [case.text],
        "clause": case.clause,
        "opened": f"{case.opened_by} {civil(case.opened_at):%Y-%m-%d}",
        "when": case.opened_at,
        "words": [_word(word) for word in words_of(case)],
    }


def _decides(one: Here) -> str:
    """Who decides it: the branch by its name."""
    tier = gettext(wording.TIERS[one.case.tier])
    if one.case.tier != "branch":
        return str(tier)
    return str(gettext("%(tier)s（%(branch)s）", tier=tier, branch=one.branch))


def _word(one: CarriedWord) -> dict[str, Any]:
    return {
        "kind": gettext(wording.KINDS[one.kind]),
        "verdict": gettext(wording.VERDICTS[one.verdict]) if one.verdict else "",
        "who": f"{one.by} {civil(datetime.fromisoformat(one.at)):%Y-%m-%d}",
        "lines": [*([one.text] if one.text else []), *(_said(line) for line in one.fixed)],
    }
