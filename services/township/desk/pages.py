"""What waits at the township, most urgent first, and how far the year has come."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext

from services.township.verification.listing import counted, missing_note
from services.township.verification.reading import ReturnRow
from services.township.verification.refusing import refusal
from services.township.verification.wording import listed
from shared.kit.absence import absence
from shared.kit.accounts import SignedIn
from shared.kit.i18n import N_
from shared.sync.authority import Gap
from shared.sync.contests import OpenContest

Thing = dict[str, Any]
STEPS = (
    (N_("规则"), ("draft",)),
    (N_("收集"), ("collecting",)),
    (N_("核实"), ("verifying",)),
    (N_("试算"), ("trial",)),
    (N_("公示"), ("publicity",)),
    (N_("锁定发布"), ("locked", "published")),
)
NAMED = 5


def waiting(who: SignedIn, contest: OpenContest, rows: Sequence[ReturnRow]) -> list[Thing]:
    """Things for this person, most urgent first; the first has the filled button."""
    if not contest.course.may_verify():
        return []
    things = [*_organiser(who, rows), *_approver(who, contest, rows)]
    return [dict(thing, main=place == 0) for place, thing in enumerate(things)]


def elsewhere(who: SignedIn, contest: OpenContest, rows: Sequence[ReturnRow], today: date) -> list[Thing]:
    """What waits for somebody else: for whom, and how long there is."""
    if not contest.course.may_verify():
        return []
    return [*_for_organiser(who, rows), *_for_approver(who, contest, rows), *_missing(contest, rows, today)]


def _organiser(who: SignedIn, rows: Sequence[ReturnRow]) -> list[Thing]:
    if not who.may("return.verify"):
        return []
    back = [
        _thing(
            gettext("县里退回：%(village)s", village=row.village.name),
            row.by_county.reason if row.by_county else "",
            url_for("verification.page", village_id=row.village.id),
            gettext("处理"),
        )
        for row in rows
        if row.state == "county_returned"
    ]
    received, accepted = _in(rows, "received"), _in(rows, "accepted")
    found = list(back)
    if received:
        title = gettext("%(count)s 个村的申报表待受理", count=len(received))
        found.append(_thing(title, _names(received), _list("waiting"), gettext("受理、核实")))
    if accepted:
        title = gettext("%(count)s 个村的申报表已受理、待核实", count=len(accepted))
        found.append(_thing(title, _names(accepted), _list("waiting"), gettext("核实")))
    return found


def _approver(who: SignedIn, contest: OpenContest, rows: Sequence[ReturnRow]) -> list[Thing]:
    ready = [row for row in _in(rows, "verified") if _may_approve(who, contest, row)]
    title = gettext("%(count)s 个村等您批准上报", count=len(ready))
    return [_thing(title, _names(ready), _list("verified"), gettext("批准"))] if ready else []


def _may_approve(who: SignedIn, contest: OpenContest, row: ReturnRow) -> bool:
    return who.may("rollup.approve") and refusal("approve", who, row, contest) is None


def _for_organiser(who: SignedIn, rows: Sequence[ReturnRow]) -> list[Thing]:
    if who.may("return.verify"):
        return []
    back, filed = _in(rows, "county_returned"), [*_in(rows, "received"), *_in(rows, "accepted")]
    found = []
    if back:
        title = gettext("%(count)s 个村被县里退回，等组织委员处理", count=len(back))
        found.append(_thing(title, _names(back), _list("county_returned"), gettext("查看")))
    if filed:
        title = gettext("%(count)s 个村等组织委员核实", count=len(filed))
        found.append(_thing(title, _names(filed), _list("waiting"), gettext("查看")))
    return found


def _for_approver(who: SignedIn, contest: OpenContest, rows: Sequence[ReturnRow]) -> list[Thing]:
    verified = [row for row in _in(rows, "verified") if not _may_approve(who, contest, row)]
    if not verified:
        return []
    if who.may("rollup.approve"):
        title = gettext("%(count)s 个村是您本人核实的，要请另一位同志批准", count=len(verified))
    else:
        title = gettext("%(count)s 个村已核实，等党委书记批准", count=len(verified))
    return [_thing(title, _names(verified), _list("verified"), gettext("查看"))]


def _missing(contest: OpenContest, rows: Sequence[ReturnRow], today: date) -> list[Thing]:
    missing, back = _in(rows, "missing"), _in(rows, "sent_back")
    found = []
    if missing:
        title = gettext("%(count)s 个村还没有报", count=len(missing))
        detail = f"{missing_note(contest, today)} · {_names(missing)}"
        found.append(_thing(title, detail, _list("missing"), gettext("查看")))
    if back:
        title = gettext("%(count)s 个村退回后还没有重新报", count=len(back))
        found.append(_thing(title, _names(back), _list("sent_back"), gettext("查看")))
    return found


def _thing(title: str, detail: str, href: str, action: str) -> Thing:
    return {"title": title, "detail": detail, "href": href, "action": action}


def _in(rows: Sequence[ReturnRow], state: str) -> list[ReturnRow]:
    return [row for row in rows if row.state == state]


def _list(state: str) -> str:
    return url_for("verification.listing", state=state)


def _names(rows: Sequence[ReturnRow]) -> str:
    words = listed([row.village.name for row in rows[:NAMED]])
    return words if len(rows) <= NAMED else gettext("%(names)s等 %(count)s 个", names=words, count=len(rows))


def alarms(
    contest: OpenContest, rows: Sequence[ReturnRow], unmanned: Sequence[str], today: date
) -> list[str]:
    """What nobody here can settle: no one may approve, so the roll-up stops until the county sees to it."""
    if not contest.course.may_verify():
        return []
    stuck = len(_in(rows, "verified"))
    days = (contest.course.verifying_until - today).days
    return [
        gettext(
            "%(township)s没有能批准上报的人（党委书记岗位空缺或账号停用）。%(count)s 个已核实的村停在这里，"
            "离上报县里还有 %(days)s 天。请立即请县委组织部补设账号；没有批准，不会自动上报。",
            township=township,
            count=stuck,
            days=max(days, 0),
        )
        for township in unmanned
    ]


def absences(own: Sequence[Gap], below: Sequence[Gap], alarmed: bool, now: datetime) -> list[str]:
    """Who is missing here (unless the alarm has said it), and in the villages."""
    here = [gap for gap in own if not (alarmed and gap.missing == ("approve",))]
    return [
        *(
            gettext(
                "%(township)s%(absence)s。请县委组织部补设账号。",
                township=gap.unit.name,
                absence=absence(gap.missing, gap.since, now),
            )
            for gap in here
        ),
        *(
            gettext(
                "%(village)s：%(absence)s",
                village=gap.unit.name,
                absence=absence(gap.missing, gap.since, now),
            )
            for gap in below
        ),
    ]


def progress(rows: Sequence[ReturnRow]) -> dict[str, Any]:
    """How many returns have gone to the county."""
    counts = counted(rows)
    return {
        "done": counts["approved"],
        "total": len(rows),
        "detail": gettext(
            "还有 %(waiting)s 个待核实、%(verified)s 个待批准",
            waiting=counts["waiting"] + counts["county_returned"],
            verified=counts["verified"],
        ),
    }


def steps(contest: OpenContest) -> list[dict[str, str]]:
    """The contest's stages with the present one marked."""
    here = next(place for place, (_label, stages) in enumerate(STEPS) if contest.course.stage in stages)
    ended = contest.course.stage == "published"
    return [
        {
            "label": gettext(label),
            "note": "",
            "href": "",
            "state": "done" if place < here or ended else "current" if place == here else "todo",
        }
        for place, (label, _stages) in enumerate(STEPS)
    ]
