"""Publicity, lock, publication and correction: from here on nothing is changed, only superseded."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.county.contest.course import advance, step
from services.county.contest.deciding import objections
from services.county.contest.models import Contest, Correction, Edition, EditionPublished, Trial, TrialLine
from services.county.contest.results import announce_result
from services.county.contest.trial import gather, identity, last_trial, run_trial
from services.county.rulebooks.actions import version
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.ids import new_id
from shared.rulebooks import holidays
from shared.rules.bundle import input_hash, signed_message
from shared.rules.calendar import add_working_days, parse_calendar
from shared.rules.contest import BadValue, read_value
from shared.sync.signer import Signer


def current_trial(session: Session, contest: Contest) -> Trial:
    """The last trial, provided it still is what the inputs give and nothing in it is undecided.

    Raises Refused naming what stands in the way.
    """
    trial = last_trial(session, contest)
    if trial is None:
        raise Refused("还没有试算。")
    if trial.blocks:
        raise Refused("还有 %(count)s 处并列未裁定,先裁定并重新试算。", count=len(trial.blocks))
    rulebook = version(session, contest.rulebook_hash)[1]
    inputs = gather(session, contest, rulebook)
    if input_hash(identity(contest), inputs.entries, inputs.decisions) != trial.input_hash:
        raise Refused("第 %(number)s 次试算后数据有变动,请重新试算。", number=trial.number)
    return trial


def begin_publicity(session: Session, actor: SignedIn, contest: Contest, sign: Signer, now: datetime) -> None:
    """Put the last trial before the public for the rulebook's working days. Raises Refused."""
    trial = current_trial(session, contest)
    rulebook = version(session, contest.rulebook_hash)[1]
    calendar = parse_calendar(holidays())
    contest.objections_until = add_working_days(civil(now).date(), rulebook.publicity_days, calendar)
    advance(session, actor, contest, "publicity", "", sign, now)
    announce_result(session, sign, contest, trial, "publicity", 0, "", now)


def publicity_obstacle(session: Session, contest: Contest, now: datetime) -> str | None:
    """Why the contest cannot be locked yet (a msgid with its values put in), or None."""
    waiting = sum(answer is None for _objection, answer, _village in objections(session, contest.id))
    if waiting:
        return f"还有 {waiting} 件异议没有答复"
    if contest.objections_until and civil(now).date() <= contest.objections_until:
        return f"公示到 {contest.objections_until.isoformat()} 期满"
    return None


def lock(
    session: Session, actor: SignedIn, contest: Contest, typed: str, sign: Signer, now: datetime
) -> Edition:
    """Lock the result after publicity, on a typed confirmation of the contest's title. Raises Refused."""
    if typed.strip() != contest.title:
        raise Refused("请原样输入竞赛名称“%(title)s”以确认锁定。", title=contest.title)
    if contest.state != "publicity":
        raise Refused("公示之后才能锁定。")
    obstacle = publicity_obstacle(session, contest, now)
    if obstacle:
        raise Refused("现在不能锁定:%(obstacle)s。", obstacle=obstacle)
    trial = current_trial(session, contest)
    advance(session, actor, contest, "locked", "", sign, now)
    return _add_edition(session, actor, contest, trial, "", now)


def _add_edition(
    session: Session, actor: SignedIn, contest: Contest, trial: Trial, reason: str, now: datetime
) -> Edition:
    number = (
        session.scalar(select(func.max(Edition.number)).where(Edition.contest_id == contest.id)) or 0
    ) + 1
    edition = Edition(
        contest_id=contest.id,
        number=number,
        unit_id=contest.unit_id,
        trial_id=trial.id,
        reason=reason,
        locked_by=actor.name,
        locked_by_id=actor.account_id,
        locked_at=now,
    )
    session.add(edition)
    session.flush()
    audit.record(
        session, now, actor.account_id, contest.unit_id, "edition.lock", str(contest.id), number=number
    )
    return edition


def publish(session: Session, actor: SignedIn, contest: Contest, sign: Signer, now: datetime) -> None:
    """Publish the locked edition: a second person does it, and it goes to every branch. Raises Refused."""
    edition = last_edition(session, contest)
    if edition is None or contest.state != "locked":
        raise Refused("锁定之后才能发布。")
    if edition.locked_by_id == actor.account_id:
        raise Refused("锁定和发布须由两位同志分别办理。")
    step(session, actor, contest, "published", "", now)
    _publish_edition(session, actor, contest, edition, sign, now)


def _publish_edition(
    session: Session, actor: SignedIn, contest: Contest, edition: Edition, sign: Signer, now: datetime
) -> None:
    trial = session.get_one(Trial, edition.trial_id)
    signed = sign.bare(signed_message(trial.result_hash, trial.input_hash, trial.rulebook_hash))
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


def last_edition(session: Session, contest: Contest) -> Edition | None:
    """The newest edition, or None before the lock."""
    query = select(Edition).where(Edition.contest_id == contest.id).order_by(Edition.number.desc()).limit(1)
    return session.scalars(query).one_or_none()


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


def propose_correction(
    session: Session,
    actor: SignedIn,
    contest: Contest,
    village_id: UUID,
    indicator: str,
    value: str,
    reason: str,
    now: datetime,
) -> Correction:
    """Propose to put a figure of a published result right; computes what would change. Raises Refused."""
    edition = last_edition(session, contest)
    if contest.state != "published" or edition is None:
        raise Refused("发布之后才用更正;公示期内请退回试算。")
    if not reason.strip():
        raise Refused("更正要写明理由,理由随结果公布。")
    line = session.get(TrialLine, (edition.trial_id, village_id))
    rule = version(session, contest.rulebook_hash)[1].by_code.get(indicator)
    if line is None or line.values is None or rule is None:
        raise Absent
    try:
        read_value(rule, value)
    except BadValue as bad:
        raise Refused("%(name)s:%(problem)s", name=rule.name, problem=bad.message) from bad
    correction = Correction(
        id=new_id(),
        contest_id=contest.id,
        unit_id=village_id,
        indicator=indicator,
        before=line.values.get(indicator, ""),
        value=value.strip(),
        reason=reason.strip(),
        proposed_by=actor.name,
        proposed_by_id=actor.account_id,
        proposed_at=now,
        state="proposed",
        confirmed_by="",
    )
    session.add(correction)
    session.flush()
    audit.record(session, now, actor.account_id, village_id, "correction.propose", str(correction.id))
    run_trial(session, actor, contest, now)
    return correction


def open_corrections(session: Session, contest: Contest) -> list[Correction]:
    """Corrections waiting for their second person."""
    query = select(Correction).where(Correction.contest_id == contest.id, Correction.state == "proposed")
    return list(session.scalars(query.order_by(Correction.proposed_at)))


def drop_corrections(session: Session, actor: SignedIn, contest: Contest, now: datetime) -> None:
    """Turn the proposed corrections down; the published result stands."""
    for correction in open_corrections(session, contest):
        correction.state, correction.confirmed_by, correction.confirmed_at = "refused", actor.name, now
        audit.record(
            session, now, actor.account_id, correction.unit_id, "correction.refuse", str(correction.id)
        )
    session.flush()


def confirm_corrections(
    session: Session, actor: SignedIn, contest: Contest, sign: Signer, now: datetime
) -> Edition:
    """Confirm every proposed correction: a new edition supersedes the old one. Raises Refused."""
    waiting = open_corrections(session, contest)
    if not waiting:
        raise Refused("没有等待确认的更正。")
    if any(correction.proposed_by_id == actor.account_id for correction in waiting):
        raise Refused("更正须由提出人以外的另一位同志确认。")
    trial = current_trial(session, contest)
    for correction in waiting:
        correction.state, correction.confirmed_by, correction.confirmed_at = "confirmed", actor.name, now
    session.flush()
    reason = ";".join(correction.reason for correction in waiting)
    edition = _add_edition(session, actor, contest, trial, reason, now)
    _publish_edition(session, actor, contest, edition, sign, now)
    return edition
