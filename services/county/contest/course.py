"""The course of a contest: opened, moved from stage to stage, each step by a named person."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.announcing import announce
from services.county.contest.models import Contest, CourseEvent
from services.county.rulebooks.actions import version as rulebook_version
from shared.contracts.documents import ContestOpened, ContestStage, RulebookPublished
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.rules.course import may_step
from shared.sync.signer import Signer


class Unfit(Refused):
    """A contest's `field` does not fit the others."""

    def __init__(self, field: str, message: str, **values: Any) -> None:
        super().__init__(message, **values)
        self.field = field


def contests(session: Session) -> list[Contest]:
    """Every contest of the county, newest year first."""
    return list(session.scalars(select(Contest).order_by(Contest.year.desc())))


def contest_by_id(session: Session, contest_id: UUID) -> Contest:
    """One contest; raises Absent."""
    found = session.get(Contest, contest_id)
    if found is None:
        raise Absent
    return found


def draft_contest(
    session: Session,
    actor: SignedIn,
    *,
    year: int,
    title: str,
    rulebook_hash: str,
    filing_until: date,
    verifying_until: date,
    synthetic_note: str,
    now: datetime,
) -> Contest:
    """Prepare a contest year. Raises Unfit: a second one for the year, rules or dates that do not fit it."""
    if session.scalars(
        select(Contest.id).where(Contest.unit_id == actor.unit.id, Contest.year == year)
    ).first():
        raise Unfit("year", N_("%(year)s 年度的竞赛已经建立。"), year=year)
    _fits(session, year, rulebook_hash)
    _in_time(year, filing_until, verifying_until, now)
    contest = Contest(
        id=new_id(),
        unit_id=actor.unit.id,
        year=year,
        title=title,
        rulebook_hash=rulebook_hash,
        state="draft",
        filing_until=filing_until,
        verifying_until=verifying_until,
        synthetic_note=synthetic_note,
    )
    session.add(contest)
    session.flush()
    audit.record(session, now, actor.account_id, actor.unit.id, "contest.draft", str(contest.id), year=year)
    return contest


def _fits(session: Session, year: int, rulebook_hash: str) -> None:
    """The year and its rules go together. Raises Unfit."""
    try:
        rulebook = rulebook_version(session, rulebook_hash)[1]
    except Absent as absent:
        raise Unfit("rulebook_hash", N_("没有这一版规则，请从列出的规则中选。")) from absent
    # What changes after a year has begun binds the next one (mission row M5).
    if rulebook.effective_from > date(year, 1, 1):
        raise Unfit(
            "rulebook_hash",
            N_("这份规则自 %(day)s 起施行，不能用于 %(year)s 年度。"),
            day=rulebook.effective_from.isoformat(),
            year=year,
        )


def _in_time(year: int, filing_until: date, verifying_until: date, now: datetime) -> None:
    """The dates lie ahead, in the contest's year or the one after, in their order. Raises Unfit."""
    today = civil(now).date()
    first, last = max(today, date(year, 1, 1)), date(year + 1, 12, 31)
    for field, day in (("filing_until", filing_until), ("verifying_until", verifying_until)):
        if not first <= day <= last:
            raise Unfit(
                field,
                N_("%(year)s 年度竞赛的截止日应在 %(first)s 到 %(last)s 之间。"),
                year=year,
                first=first.isoformat(),
                last=last.isoformat(),
            )
    if verifying_until < filing_until:
        raise Unfit("verifying_until", N_("核实截止日不能早于申报截止日。"))


def amend_draft(
    session: Session,
    actor: SignedIn,
    contest: Contest,
    *,
    title: str,
    rulebook_hash: str,
    filing_until: date,
    verifying_until: date,
    synthetic_note: str,
    now: datetime,
) -> None:
    """Put a draft right before it is opened; afterwards its rules and dates are fixed. Raises Refused."""
    if contest.state != "draft":
        raise Refused("竞赛已经开始，规则和日期不再更改。")
    _fits(session, contest.year, rulebook_hash)
    _in_time(contest.year, filing_until, verifying_until, now)
    contest.title, contest.rulebook_hash, contest.synthetic_note = title, rulebook_hash, synthetic_note
    contest.filing_until, contest.verifying_until = filing_until, verifying_until
    session.flush()
    audit.record(session, now, actor.account_id, contest.unit_id, "contest.amend", str(contest.id))


def open_contest(session: Session, actor: SignedIn, contest: Contest, sign: Signer, now: datetime) -> None:
    """Open the year: the rulebook and the opening go down to every branch. From here its rules are fixed."""
    stored, rulebook = rulebook_version(session, contest.rulebook_hash)
    step(session, actor, contest, "collecting", "", now)
    published = RulebookPublished(
        hash=stored.hash,
        name=rulebook.name,
        effective_from=rulebook.effective_from.isoformat(),
        text=stored.text,
        published_at=now.isoformat(),
    )
    opened = ContestOpened(
        contest_id=contest.id,
        county_id=contest.unit_id,
        year=contest.year,
        title=contest.title,
        rulebook_hash=contest.rulebook_hash,
        filing_until=contest.filing_until.isoformat(),
        verifying_until=contest.verifying_until.isoformat(),
        synthetic_note=contest.synthetic_note,
        opened_at=now.isoformat(),
    )
    announce(session, sign, contest.unit_id, published, now)
    announce(session, sign, contest.unit_id, opened, now)


def advance(
    session: Session, actor: SignedIn, contest: Contest, after: str, reason: str, sign: Signer, now: datetime
) -> None:
    """Go to the next stage, or a named step back (which owes a reason), and tell the tiers below."""
    step(session, actor, contest, after, reason, now)
    announce(session, sign, contest.unit_id, ContestStage(contest.id, after, now.isoformat()), now)


def step(session: Session, actor: SignedIn, contest: Contest, after: str, reason: str, now: datetime) -> None:
    """Change the stage and leave its trace. Raises Refused for a step the course does not know."""
    before = contest.state
    if not may_step(before, after):
        raise Refused(
            "竞赛现在处于“%(before)s”，不能进入“%(after)s”。",
            before=stage_name(before),
            after=stage_name(after),
        )
    backward = ORDER.index(after) < ORDER.index(before)
    if backward and not reason.strip():
        raise Refused("退回上一步要写明理由。")
    contest.state = after
    if backward:
        contest.objections_until = None
    session.add(
        CourseEvent(
            id=new_id(),
            contest_id=contest.id,
            unit_id=contest.unit_id,
            before=before,
            after=after,
            reason=reason.strip(),
            by=actor.name,
            at=now,
        )
    )
    session.flush()
    audit.record(session, now, actor.account_id, contest.unit_id, f"contest.{after}", str(contest.id))


def history(session: Session, contest: Contest) -> list[CourseEvent]:
    """Every step so far, oldest first."""
    query = (
        select(CourseEvent)
        .where(CourseEvent.contest_id == contest.id)
        .order_by(CourseEvent.at, CourseEvent.id)
    )
    return list(session.scalars(query))


def stage_name(state: str) -> str:
    """A stage in the reader's language."""
    return gettext(STAGE[state])


def public_since(session: Session, contest: Contest) -> datetime | None:
    """When the publicity that is running (or ran last) began, or None."""
    query = select(CourseEvent.at).where(
        CourseEvent.contest_id == contest.id, CourseEvent.after == "publicity"
    )
    return session.scalars(query.order_by(CourseEvent.at.desc()).limit(1)).one_or_none()


STAGE = {
    "draft": N_("规则"),
    "collecting": N_("收集"),
    "verifying": N_("核实"),
    "trial": N_("试算"),
    "publicity": N_("公示"),
    "locked": N_("锁定"),
    "published": N_("发布"),
}
ORDER = list(STAGE)


def hold(session: Session, contest_id: UUID, version: int | None = None) -> Contest:
    """The contest, kept from others until this request ends; raises Absent.

    `version` is what the page showed: Refused where the contest has moved on since.
    """
    contest = session.get(Contest, contest_id, with_for_update=True)
    if contest is None:
        raise Absent
    if version is not None and version != contest.version:
        raise Refused("别人刚刚办过这一步，请看过最新情况再办。")
    return contest
