"""What the contest's overview offers: the one step on, the step back, and why not."""

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from services.county.contest.course import ORDER, stage_name
from services.county.contest.editions import current_trial, publicity_obstacle
from services.county.contest.models import Contest
from services.county.contest.records import last_edition
from services.county.returns.progress import totals
from shared.kit.accounts import SignedIn
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.persons import same_person
from shared.rules.course import NEXT

ON = {
    "draft": (N_("开始收集"), N_("规则和竞赛通知发到每个支部；此后规则不再更改。")),
    "collecting": (N_("结束收集，进入核实"), N_("村里不再新报；乡镇继续核实、上报。")),
    "verifying": (N_("进入试算"), N_("按现有的核实数算出名次和档次；没报的村按规则处理。")),
    "trial": (N_("进入公示"), N_("试算结果发到每个支部，按规则公示若干工作日。")),
    "publicity": (N_("锁定结果"), N_("锁定后不再改动；有错用更正，另出一版。")),
    "locked": (N_("发布结果"), N_("须由锁定人以外的另一位同志发布，结果发到每个支部。")),
}
NEEDS = {"publicity": "contest.lock", "locked": "contest.publish"}


def refusal(obstacle: Refused) -> str:
    """A refusal in the reader's language."""
    return gettext(obstacle.message) % obstacle.values


def step_on(session: Session, contest: Contest, user: SignedIn, now: datetime) -> dict[str, Any] | None:
    """The next step: {label, note, state, action, after, blocked}; None when nothing follows."""
    if contest.state not in ON:
        return None
    label, note = ON[contest.state]
    return {
        "label": gettext(label),
        "note": gettext(note),
        "state": contest.state,
        "action": _action(contest),
        "after": NEXT[contest.state][0],
        "blocked": blocked(session, contest, user, now),
    }


def _action(contest: Contest) -> str:
    endpoint = {
        "draft": "contest.begin",
        "trial": "contest.go_public",
        "publicity": "contest.lock_result",
        "locked": "contest.publish_result",
    }.get(contest.state, "contest.move")
    return url_for(endpoint, contest_id=contest.id)


def blocked(session: Session, contest: Contest, user: SignedIn, now: datetime) -> str:
    """Why this person cannot take the next step now; '' when nothing stands in the way."""
    if not user.may(NEEDS.get(contest.state, "contest.run")):
        return _for_others(contest)
    obstacle = obstacle_to(session, contest, user, now)
    return refusal(obstacle) if obstacle else ""


def _for_others(contest: Contest) -> str:
    if contest.state == "locked":
        return gettext("由分管部长办理。")
    return gettext("由组织科办理。")


def obstacle_to(session: Session, contest: Contest, user: SignedIn, now: datetime) -> Refused | None:
    """What stands in the way of the next step, whoever takes it."""
    if contest.state == "verifying" and totals(session, contest)[0] == 0:
        return Refused("还没有一个村的核实数上报，没有可以试算的。")
    if contest.state == "publicity" and (found := publicity_obstacle(session, contest, now)):
        return found
    if contest.state in ("trial", "publicity"):
        try:
            current_trial(session, contest)
        except Refused as refused:
            return refused
    edition = last_edition(session, contest)
    locked = contest.state == "locked" and edition
    if locked and same_person(session, user, locked.locked_by_id, locked.locked_by):
        return Refused("锁定和发布须由两位同志分别办理。")
    return None


def step_back(contest: Contest, user: SignedIn) -> dict[str, Any] | None:
    """The step back this person may take: {label, after, action}; None where there is none."""
    back = [after for after in NEXT[contest.state] if ORDER.index(after) < ORDER.index(contest.state)]
    if not back or not user.may("contest.run"):
        return None
    return {
        "label": gettext("退回%(stage)s", stage=stage_name(back[0])),
        "after": back[0],
        "action": url_for("contest.move", contest_id=contest.id),
    }
