"""What waits for whom: the desk's list, most urgent first."""

from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import format_date, gettext
from sqlalchemy.orm import Session

from services.county.contest.course import contests
from services.county.contest.deciding import objections
from services.county.contest.editions import publicity_obstacle
from services.county.contest.models import Contest
from services.county.contest.next_step import refusal
from services.county.contest.records import last_edition, last_trial
from services.county.contest.trial import may_try, open_corrections
from services.county.organisations.tasks import desk_things as class_things
from services.county.outcomes.tasks import desk_things
from services.county.returns.progress import totals
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.persons import same_person

# A deadline this near is told before it is missed.
SOON = timedelta(days=3)
Thing = dict[str, Any]


def waiting(session: Session, user: SignedIn, now: datetime) -> list[Thing]:
    """What this person can settle now; the first is the one to begin with."""
    found = [*of_contests(session, user, now), *desk_things(session, user), *class_things()]
    found.sort(key=lambda thing: thing["urgency"])
    for thing in found[:1]:
        thing["main"] = True
    return found


def of_contests(session: Session, user: SignedIn, now: datetime) -> list[Thing]:
    """What this person can settle in contests."""
    if not user.may("contest.see"):
        return []
    return [thing for contest in contests(session) for thing in _of_contest(session, user, contest, now)]


def _of_contest(session: Session, user: SignedIn, contest: Contest, now: datetime) -> list[Thing]:
    asked = (
        ("objection.answer", _objections),
        ("tie.decide", _ties),
        ("contest.publish", _to_publish),
        ("correction.confirm", _corrections),
        ("contest.lock", _publicity),
        ("contest.run", _lag),
        ("contest.run", _draft),
    )
    return [
        thing
        for permission, look in asked
        if user.may(permission)
        for thing in look(session, user, contest, now)
    ]


def _href(contest: Contest, endpoint: str) -> str:
    return url_for(f"contest.{endpoint}", contest_id=contest.id)


def _objections(session: Session, user: SignedIn, contest: Contest, now: datetime) -> list[Thing]:
    found = [(one, village) for one, answer, village in objections(session, contest.id) if answer is None]
    if not found:
        return []
    names = gettext("、").join(village.name for _one, village in found[:3])
    title = gettext("%(count)s 件异议等答复", count=len(found))
    return [{"title": title, "detail": names, "href": _href(contest, "objections"), "urgency": 1}]


def _ties(session: Session, user: SignedIn, contest: Contest, now: datetime) -> list[Thing]:
    trial = last_trial(session, contest) if may_try(session, contest) else None
    if trial is None or not trial.blocks:
        return []
    page = "trial" if contest.state == "trial" else "corrections"
    title = gettext("%(count)s 处并列等裁定", count=len(trial.blocks))
    return [{"title": title, "detail": contest.title, "href": _href(contest, page), "urgency": 2}]


def _to_publish(session: Session, user: SignedIn, contest: Contest, now: datetime) -> list[Thing]:
    edition = last_edition(session, contest) if contest.state == "locked" else None
    if edition is None or same_person(session, user, edition.locked_by_id, edition.locked_by):
        return []
    detail = gettext("%(who)s锁定，等另一位同志发布", who=edition.locked_by)
    title = gettext("发布：%(title)s", title=contest.title)
    return [{"title": title, "detail": detail, "href": _href(contest, "overview"), "urgency": 0}]


def _corrections(session: Session, user: SignedIn, contest: Contest, now: datetime) -> list[Thing]:
    found = [
        one
        for one in open_corrections(session, contest)
        if not same_person(session, user, one.proposed_by_id, one.proposed_by)
    ]
    if not found:
        return []
    title = gettext("%(count)s 处更正等第二人确认", count=len(found))
    detail = gettext("%(who)s提出", who=found[0].proposed_by)
    return [{"title": title, "detail": detail, "href": _href(contest, "corrections"), "urgency": 0}]


def _publicity(session: Session, user: SignedIn, contest: Contest, now: datetime) -> list[Thing]:
    if contest.state != "publicity":
        return []
    obstacle = publicity_obstacle(session, contest, now)
    until = contest.objections_until
    if obstacle is None:
        title, detail, urgency = gettext("公示期满，可以锁定"), contest.title, 1
    elif until and until - civil(now).date() <= SOON:
        title = gettext("公示到 %(day)s 期满", day=format_date(until, "M-d"))
        detail, urgency = refusal(obstacle), 3
    else:
        return []
    return [{"title": title, "detail": detail, "href": _href(contest, "objections"), "urgency": urgency}]


def _lag(session: Session, user: SignedIn, contest: Contest, now: datetime) -> list[Thing]:
    if contest.state not in ("collecting", "verifying"):
        return []
    counted, expected = totals(session, contest)
    href = _href(contest, "returns")
    if counted == expected:
        title = gettext("核实数都已上报，可以试算")
        return [{"title": title, "detail": contest.title, "href": _href(contest, "overview"), "urgency": 4}]
    late = civil(now).date() > contest.verifying_until
    title = gettext("还有 %(count)s 个村没有上报", count=expected - counted)
    day = format_date(contest.verifying_until, "M-d")
    detail = gettext("核实 %(day)s 已截止", day=day) if late else gettext("核实到 %(day)s 截止", day=day)
    return [{"title": title, "detail": detail, "href": href, "urgency": 3 if late else 5}]


def _draft(session: Session, user: SignedIn, contest: Contest, now: datetime) -> list[Thing]:
    if contest.state != "draft":
        return []
    title = gettext("竞赛还没有发出：%(title)s", title=contest.title)
    detail = gettext("看过规则和日期后开始收集")
    return [{"title": title, "detail": detail, "href": _href(contest, "overview"), "urgency": 6}]
