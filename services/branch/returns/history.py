"""What became of a village's return: its figures as filed and as verified, and every word said on it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext
from flask_login import current_user

from services.branch.delivery import delivery, told
from services.branch.returns.models import Verdict, VillageReturn
from services.branch.returns.pages import reference
from services.branch.returns.reading import ReturnStatus, attempts, may_file, verdicts
from services.branch.village import village
from services.branch.wording import leave_ended, unit_of
from shared.kit.i18n import N_, named
from shared.kit.web import db
from shared.rules.rulebook_values import Rulebook
from shared.sync.contests import OpenContest

# state → words, colour
STATES = {
    "none": (N_("还没有填"), ""),
    "draft": (N_("正在填，还没有上报"), ""),
    "filed": (N_("已上报，等镇里受理"), "amber"),
    "withdrawn": (N_("已撤回，还没有重报"), ""),
    "accepted": (N_("镇里已受理，正在核实"), "amber"),
    "verified": (N_("镇里已核实，等批准上报"), "amber"),
    "approved": (N_("镇里已批准，报到县里"), "green"),
    "sent_back": (N_("镇里退回"), "red"),
}
VERDICTS = {
    "accepted": N_("镇里受理"),
    "reopened": N_("镇里收回核实意见，重新核实"),
    "verified": N_("镇里核实完毕"),
    "approved": N_("镇里批准，报到县里"),
    "sent_back": N_("镇里退回"),
    "withdrawal_refused": N_("镇里已受理，撤回没有生效"),
}


def state_words(state: str) -> dict[str, str]:
    """Label and colour of a state."""
    words, colour = STATES[state]
    return {"label": gettext(words), "colour": colour}


def history_page(here: OpenContest, current: ReturnStatus, at: datetime) -> dict[str, Any]:
    """Where the return stands, its figures, and what can still be done with it."""
    session, unit = db(), village()
    tried = attempts(session, here.id, unit.id)
    said = verdicts(session, here.id, unit.id)
    filed = next((one for one in tried if one.id == _figures_of(current, tried)), None)
    return {
        "year": here.opened.year,
        "village": unit.name,
        "back": {"label": gettext("工作台"), "href": url_for("desk.page")},
        "state": state_words(current.state),
        "facts": _facts(here, filed),
        "sent_back": current.sent_back if current.open else None,
        "withdraw": _withdraw(here, current),
        "write": _write(here, current, at),
        "closed": _closed(here, current, at),
        "parts": _figures(here.rulebook, filed, said) if filed else [],
        "note": filed.note if filed else "",
        "events": events(here.rulebook, tried, said),
        "sync": told(delivery(session, unit.id), at),
    }


def _figures_of(current: ReturnStatus, tried: Sequence[VillageReturn]) -> UUID | None:
    """The attempt whose figures are shown: the one that counts, else the last that was filed."""
    if current.attempt is not None and current.attempt.filed_at is not None:
        return current.attempt.id
    return next((one.id for one in tried if one.filed_at is not None), None)


def _facts(here: OpenContest, filed: VillageReturn | None) -> dict[str, Any] | None:
    if filed is None:
        return None
    return {
        "reference": reference(filed, here.opened.year),
        "attempt": filed.attempt,
        "by": filed.filed_by,
        "at": filed.filed_at,
    }


def _withdraw(here: OpenContest, current: ReturnStatus) -> dict[str, str] | None:
    """Whether there is something to take back; `blocked` says why it cannot be, or not by this person."""
    if current.state == "filed":
        blocked = "" if current_user.may("return.file") else gettext("撤回由支部书记办理")
        return {"action": url_for("returns.take_back"), "blocked": blocked}
    if current.state in ("accepted", "verified"):
        assert current.verdict is not None
        return {"action": "", "blocked": gettext("镇里%(who)s已受理，要改请镇里退回", who=current.verdict.by)}
    if current.state == "approved" and here.course.may_verify():
        return {"action": "", "blocked": gettext("镇里已批准上报，不能撤回；有错请在公示期内提出异议")}
    return None


def _write(here: OpenContest, current: ReturnStatus, at: datetime) -> str:
    return url_for("returns.page") if current.open and may_file(here, current, at) else ""


def _closed(here: OpenContest, current: ReturnStatus, at: datetime) -> str:
    """Why an open return can no longer be written; '' where it can, or is with the township."""
    return closed_words(here, current) if current.open and not may_file(here, current, at) else ""


def closed_words(here: OpenContest, current: ReturnStatus) -> str:
    """What it means that nothing was filed in time, and what became of leave to file late."""
    ended = f"{leave_ended(current.exception)} " if current.exception else ""
    return ended + _consequence(here)


def _consequence(here: OpenContest) -> str:
    if here.rulebook.missing_return == "excluded":
        return gettext("申报已经截止，本村没有有效的申报表。按规则，不参加排名。")
    return gettext("申报已经截止，本村没有有效的申报表。按规则，按 0 分计入排名。")


def _figures(rulebook: Rulebook, filed: VillageReturn, said: Sequence[Verdict]) -> list[dict[str, Any]]:
    last = next((one for one in said if one.return_id == filed.id), None)
    changes = {change["indicator"]: change for change in last.changes} if last else {}
    # Until the township has spoken, nothing may look verified.
    settled = last is not None and last.verdict in ("verified", "approved")
    counted = {**filed.values, **{code: change["verified"] for code, change in changes.items()}}
    return [
        {
            "name": named(category),
            "lines": [
                {
                    "name": named(one),
                    "unit": unit_of(one),
                    "filed": filed.values.get(one.code, ""),
                    "verified": counted.get(one.code, "") if settled else "",
                    "change": changes.get(one.code) if settled else None,
                }
                for one in rulebook.indicators
                if one.category == category.code
            ],
        }
        for category in rulebook.categories
    ]


def events(
    rulebook: Rulebook, tried: Sequence[VillageReturn], said: Sequence[Verdict]
) -> list[dict[str, Any]]:
    """What happened to the return, newest first: text, who, when, corrections."""
    found = [_verdict(rulebook, one, _kind(one, said)) for one in said]
    found += [_withdrawal(one) for one in tried if one.state == "withdrawn"]
    found += [_filing(one) for one in tried if one.filed_at is not None]
    # Stable: of one moment, the order above is the newest first.
    return sorted(found, key=lambda event: event["when"], reverse=True)


def _filing(one: VillageReturn) -> dict[str, Any]:
    text = gettext("第 %(number)s 次上报", number=one.attempt)
    return {"text": text, "who": one.filed_by, "when": one.filed_at, "changes": []}


def _withdrawal(one: VillageReturn) -> dict[str, Any]:
    text = gettext("撤回第 %(number)s 次上报", number=one.attempt)
    return {"text": text, "who": "", "when": one.updated_at, "changes": []}


def _kind(one: Verdict, said: Sequence[Verdict]) -> str:
    """Accepting after a verification is the township taking its finding back."""
    earlier = (other for other in said if other.return_id == one.return_id and other.at < one.at)
    again = one.verdict == "accepted" and any(other.verdict == "verified" for other in earlier)
    return "reopened" if again else one.verdict


def _verdict(rulebook: Rulebook, one: Verdict, kind: str) -> dict[str, Any]:
    text = gettext(VERDICTS.get(kind, kind))
    if one.reason:
        text = gettext("%(what)s：%(reason)s", what=text, reason=one.reason)
    # The approval repeats the corrections of the verification.
    changes = [_change(rulebook, change) for change in one.changes] if kind == "verified" else []
    return {"text": text, "who": one.by, "when": one.at, "changes": changes}


def _change(rulebook: Rulebook, change: dict[str, Any]) -> dict[str, str]:
    indicator = rulebook.by_code.get(change["indicator"])
    name = named(indicator) if indicator else change["indicator"]
    return {**change, "name": name, "unit": unit_of(indicator) if indicator else ""}
