"""What a member's own pages show."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask import request, url_for
from flask_babel import gettext

from services.branch.appraisal.due import own_things as appraisal_things
from services.branch.ballots.pages import own_things as ballot_things
from services.branch.outcomes.tasks import to_sign, to_state
from services.branch.own.reading import last_witness, own_member, own_year
from services.branch.points.closing import next_month
from services.branch.points.entering import item_options, likely_day
from services.branch.points.models import Claim
from services.branch.points.pages import claim_row
from services.branch.points.putting_right import last_day
from services.branch.points.reading import claim_rows
from services.branch.roster.models import Member
from services.branch.village import village
from services.branch.wording import score
from shared.kit.clock import civil
from shared.kit.i18n import N_, named
from shared.kit.web import db, me, now
from shared.rules.points.scheme_values import Item, Scheme
from shared.sync.asked_year import year, year_named, years

RECENT = 3
STATES = {
    "waiting": (N_("等支部审核"), "amber"),
    "approved": (N_("已通过"), "green"),
    "returned": (N_("已退回"), "red"),
    "struck": (N_("已冲销"), "red"),
    "withdrawn": (N_("已撤回"), ""),
}
CUTS = {
    "item": N_("这一项本月已经计满"),
    "category": N_("这一类已经计满"),
    "attendance": N_("参会类本月已经计满"),
    "month": N_("本月总分已经计满"),
}


def member() -> Member:
    """The signed-in person as a member here. Raises Absent."""
    return own_member(db(), village().id, me().person_id)


def home_page() -> dict[str, Any]:
    """What a member sees first."""
    who = member()
    page: dict[str, Any] = {
        "who": who,
        "unit": village().name,
        "year": None,
        "to_sign": to_sign(),
        "to_state": to_state(),
    }
    page["owed"] = owed_things()
    if not years():
        return page
    here = year()
    mine = claim_rows(db(), who.unit_id, here, "", member_id=who.id, newest_first=True)
    waiting = sum(row.claim.state == "waiting" and not row.deduction for row in mine)
    return page | {
        "year": here.year,
        "found": own_year(db(), who, here),
        "waiting": waiting,
        "asked": [own_row(row) for row in mine if row.deduction and row.claim.state == "waiting"],
        "returned": [own_row(row) for row in mine if row.claim.state == "returned"][:RECENT],
        "recent": [own_row(row) for row in mine][:RECENT],
    }


def owed_things() -> list[dict[str, Any]]:
    """Votes, a self-report or a signature that the signed-in person still owes, in any unclosed year."""
    return [*ballot_things(), *appraisal_things()]


def own_row(row: Any) -> dict[str, Any]:
    """One claim as its member sees it."""
    words, colour = STATES[row.claim.state]
    if row.deduction and row.claim.state == "waiting":
        words, colour = N_("拟扣分，请您说明"), "amber"
    if row.claim.state == "struck" and row.claim.points is None:
        words = N_("未予认定")
    shown = claim_row(row)
    until = last_day(row.claim, year_named(row.claim.year))
    late = until is not None and _is_late(row.claim, until)
    return shown | {
        "until": until,
        "too_late": late,
        "state_words": gettext(words),
        "colour": colour,
        "deduction": row.deduction,
        "may_withdraw": row.claim.state == "waiting" and not row.deduction,
        "may_reply": row.deduction and row.claim.state == "waiting",
        "again": url_for("own.file_form", item=row.claim.item, again=row.claim.id, year=row.claim.year)
        if until and not late and row.item.by != "branch"
        else "",
    }


def _is_late(claim: Claim, until: date) -> bool:
    """Whether a returned claim cannot be put right any more: its month is closed, its days are over."""
    of = year_named(claim.year)
    closed = claim.day.month < next_month(db(), claim.unit_id, claim.year)
    return of.closed is not None or (closed and civil(now()).date() > until)


def claims_page() -> dict[str, Any]:
    """Everything the member has filed this year, newest first."""
    who, here = member(), year()
    rows = claim_rows(db(), who.unit_id, here, "", member_id=who.id, newest_first=True)
    return {"who": who, "year": here.year, "rows": [own_row(row) for row in rows]}


def choose_page() -> dict[str, Any]:
    """The things a member can file, by category."""
    who = member()
    groups = item_options([year().by_field[who.field]], None, own=True)
    return {"who": who, "groups": groups}


def form_page(errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """The form for one item, filled in as far as can be."""
    who = member()
    scheme = year().by_field[who.field]
    posted = request.method == "POST"
    typed = dict((request.form if posted else request.args).items())
    back = _came_back(typed.get("id" if posted else "again", ""))
    if back is not None and not posted:
        typed = {**back["typed"], **typed, "id": str(back["id"])}
    item = scheme.by_code.get(typed.get("item", ""))
    return {
        "who": who,
        "id": typed.get("id") or str(uuid4()),
        "item": item,
        "label": named(item) if item else "",
        "day": typed.get("day") or likely_day().isoformat(),
        "today": civil(now()).date().isoformat(),
        "times": typed.get("times") or "1",
        "what": typed.get("what") or (named(item) if item else ""),
        "witness": typed.get("witness", last_witness(db(), who)),
        "needs_witness": bool(item and item.evidence in ("witness", "required")),
        "worth": _worth(scheme, item) if item else "",
        "back": back,
        "errors": list(errors),
    }


def _came_back(text: str) -> dict[str, Any] | None:
    """The member's own returned claim of this id, as the form begins with it; None where there is none."""
    try:
        claim = db().get(Claim, UUID(text))
    except ValueError:
        return None
    if claim is None or claim.member_id != member().id or claim.state != "returned":
        return None
    names = ("item", "day", "times", "what", "witness")
    return {
        "id": claim.id,
        "reason": claim.reason,
        "until": last_day(claim, year_named(claim.year)),
        "typed": {name: str(getattr(claim, name)) for name in names},
    }


def _worth(scheme: Scheme, item: Item) -> str:
    if item.ranged:
        return gettext(
            "计 %(least)s 到 %(most)s 分，由支部定", least=score(item.points), most=score(item.most)
        )
    if item.cap is None:
        return gettext("每次计 %(points)s 分", points=score(item.points))
    period = gettext("每年") if scheme.category[item.category].period == "year" else gettext("每月")
    return gettext(
        "每次计 %(points)s 分，%(period)s最多 %(cap)s 分",
        points=score(item.points),
        period=period,
        cap=score(item.cap),
    )


def points_page() -> dict[str, Any]:
    """How the year's points came about: every approved claim, what it gave, and what cut it."""
    who, here = member(), year()
    found = own_year(db(), who, here)
    scheme = here.by_field[who.field]
    months = []
    for (_year, month), lines in sorted(found.lines.items(), reverse=True):
        rows = [
            {
                "number": int(line.id.rpartition("-")[2]),
                "day": line.day,
                "item": _item_name(here.schemes.values(), line.item),
                "points": line.points,
                "claimed": line.claimed,
                "cut": gettext(CUTS[line.cut]) if line.cut else "",
            }
            for line in lines
        ]
        months.append({"month": month, "total": sum(line.points for line in lines), "rows": rows})
    return {"who": who, "year": here.year, "found": found, "months": months, "scheme": scheme}


def _item_name(schemes: Any, code: str) -> str:
    return next(named(scheme.by_code[code]) for scheme in schemes if code in scheme.by_code)
