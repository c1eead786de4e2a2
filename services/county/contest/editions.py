"""Publicity, lock and publication: from here on nothing is changed, only superseded."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.county.contest.course import advance, public_since
from services.county.contest.deciding import objections
from services.county.contest.inputs import gather, identity
from services.county.contest.models import Contest, Edition, EditionPublished, Trial
from services.county.contest.records import last_edition, last_trial
from services.county.contest.results import announce_result
from services.county.rulebooks.actions import version
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Refused
from shared.kit.persons import same_person
from shared.rulebooks import holidays
from shared.rules.bundle import input_hash, signed_message
from shared.rules.calendar import add_working_days, parse_calendar
from shared.sync.signer import Signer


def current_trial(session: Session, contest: Contest) -> Trial:
    """The last trial, provided it still is what the inputs give and nothing in it is undecided.

    Raises Refused naming what stands in the way.
    """
    trial = last_trial(session, contest)
    if trial is None:
        raise Refused("还没有试算。")
    if trial.blocks:
        raise Refused("还有 %(count)s 处并列未裁定，先裁定并重新试算。", count=len(trial.blocks))
    rulebook = version(session, contest.rulebook_hash)[1]
    inputs = gather(session, contest, rulebook)
    if input_hash(identity(contest), inputs.entries, inputs.decisions) != trial.input_hash:
        raise Refused("第 %(number)s 次试算后数据有变动，请重新试算。", number=trial.number)
    return trial


def begin_publicity(session: Session, actor: SignedIn, contest: Contest, sign: Signer, now: datetime) -> None:
    """Put the last trial before the public for the rulebook's working days. Raises Refused."""
    trial = current_trial(session, contest)
    rulebook = version(session, contest.rulebook_hash)[1]
    calendar = parse_calendar(holidays())
    contest.objections_until = add_working_days(civil(now).date(), rulebook.publicity_days, calendar)
    advance(session, actor, contest, "publicity", "", sign, now)
    announce_result(session, sign, contest, trial, "publicity", 0, "", now)


def publicity_obstacle(session: Session, contest: Contest, now: datetime) -> Refused | None:
    """Why the contest cannot be locked yet, or None.

    An objection upheld since this publicity began means that what is public is not right: the way on is
    back to the trial and a publicity anew.
    """
    answers = [answer for _objection, answer, _village in objections(session, contest.id)]
    waiting = sum(answer is None for answer in answers)
    if waiting:
        return Refused("还有 %(count)s 件异议没有答复。", count=waiting)
    since = public_since(session, contest)
    upheld = sum(answer.upheld for answer in answers if answer and since and answer.at >= since)
    if upheld:
        return Refused("有 %(count)s 件异议成立，要退回试算改正后重新公示。", count=upheld)
    if contest.objections_until and civil(now).date() <= contest.objections_until:
        return Refused("公示到 %(day)s 期满，之后才能锁定。", day=contest.objections_until.isoformat())
    return None


def lock(
    session: Session, actor: SignedIn, contest: Contest, typed: str, sign: Signer, now: datetime
) -> Edition:
    """Lock the result after publicity, on a typed confirmation of the contest's title. Raises Refused."""
    if contest.state != "publicity":
        raise Refused("公示之后才能锁定。")
    obstacle = publicity_obstacle(session, contest, now)
    if obstacle:
        raise obstacle
    if typed.strip() != contest.title:
        raise Refused("请原样输入竞赛名称“%(title)s”以确认锁定。", title=contest.title)
    trial = current_trial(session, contest)
    advance(session, actor, contest, "locked", "", sign, now)
    return add_edition(session, contest, trial, "", (actor.account_id, actor.name), now)


def add_edition(
    session: Session, contest: Contest, trial: Trial, reason: str, by: tuple[UUID, str], now: datetime
) -> Edition:
    """The next edition, answered for by `by` (account, name); another person publishes it."""
    newest = select(func.max(Edition.number)).where(Edition.contest_id == contest.id)
    edition = Edition(
        contest_id=contest.id,
        number=(session.scalar(newest) or 0) + 1,
        unit_id=contest.unit_id,
        trial_id=trial.id,
        reason=reason,
        locked_by=by[1],
        locked_by_id=by[0],
        locked_at=now,
    )
    session.add(edition)
    session.flush()
    number = edition.number
    audit.record(session, now, by[0], contest.unit_id, "edition.lock", str(contest.id), number=number)
    return edition


def publish(session: Session, actor: SignedIn, contest: Contest, sign: Signer, now: datetime) -> None:
    """Publish the locked edition: a second person does it, and it goes to every branch. Raises Refused."""
    edition = last_edition(session, contest)
    if edition is None or contest.state != "locked":
        raise Refused("锁定之后才能发布。")
    advance(session, actor, contest, "published", "", sign, now)
    publish_edition(session, actor, contest, edition, sign, now)


def publish_edition(
    session: Session, actor: SignedIn, contest: Contest, edition: Edition, sign: Signer, now: datetime
) -> None:
    """Sign an edition's hashes and send it to every branch. Raises Refused for who answers for it."""
    if same_person(session, actor, edition.locked_by_id, edition.locked_by):
        raise Refused("锁定和发布须由两位同志分别办理。")
    trial = session.get_one(Trial, edition.trial_id)
    hashes = (trial.result_hash, trial.input_hash, trial.rulebook_hash)
    signed = sign.bare(signed_message(*hashes, by=actor.name))
    session.add(
        EditionPublished(
            contest_id=contest.id,
            number=edition.number,
            unit_id=contest.unit_id,
            by=actor.name,
            by_id=actor.account_id,
            at=now,
            key_id=signed.key_id,
            public_key=signed.public_key,
            signature=signed.signature,
        )
    )
    announce_result(session, sign, contest, trial, "published", edition.number, edition.reason, now)
    audit.record(
        session,
        now,
        actor.account_id,
        contest.unit_id,
        "edition.publish",
        str(contest.id),
        number=edition.number,
    )


def published_edition(session: Session, contest: Contest) -> tuple[Edition, EditionPublished] | None:
    """The edition in force with its publication, or None."""
    query = (
        select(Edition, EditionPublished)
        .join(
            EditionPublished,
            (EditionPublished.contest_id == Edition.contest_id) & (EditionPublished.number == Edition.number),
        )
        .where(Edition.contest_id == contest.id)
        .order_by(Edition.number.desc())
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None
