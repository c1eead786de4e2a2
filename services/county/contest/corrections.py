"""Corrections of a published result: one person proposes, another confirms, and a new edition supersedes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.editions import add_edition, current_trial, publish_edition
from services.county.contest.models import Contest, Correction, Edition, TrialLine
from services.county.contest.records import last_edition
from services.county.contest.trial import compute, open_corrections, run_trial
from services.county.rulebooks.actions import version
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.persons import same_person
from shared.rules.contest import BadValue, read_value
from shared.rules.rulebook_values import Indicator
from shared.sync.signer import Signer

ACTS = {
    "confirmed": "correction.confirm",
    "refused": "correction.refuse",
    "withdrawn": "correction.withdraw",
}


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
        raise Refused("发布之后才用更正；公示期内请退回试算。")
    if not reason.strip():
        raise Refused("更正要写明理由，理由随结果公布。")
    line = session.get(TrialLine, (edition.trial_id, village_id))
    rule = version(session, contest.rulebook_hash)[1].by_code.get(indicator)
    if line is None or rule is None:
        raise Absent
    waiting = open_corrections(session, contest)
    if any((one.unit_id, one.indicator) == (village_id, indicator) for one in waiting):
        raise Refused("这个数值已有一处更正在等确认，先办完那一处。")
    correction = Correction(
        id=new_id(),
        contest_id=contest.id,
        unit_id=village_id,
        indicator=indicator,
        before=_differs(line, rule, value),
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


def settled(session: Session, contest: Contest) -> list[Correction]:
    """Corrections that were confirmed, turned down or taken back, newest first."""
    query = select(Correction).where(Correction.contest_id == contest.id, Correction.state != "proposed")
    return list(session.scalars(query.order_by(Correction.proposed_at.desc(), Correction.id)))


class WrongFigure(Refused):
    """The figure typed cannot be read, or is no other."""


def _differs(line: TrialLine, rule: Indicator, value: str) -> str:
    """The figure in force, provided `value` can be read and is another one. Raises WrongFigure, Refused."""
    if line.values is None:
        raise Refused("这个村没有申报，没有可以更正的数值。")
    before = line.values.get(rule.code, "")
    try:
        new = read_value(rule, value)
    except BadValue as bad:
        raise WrongFigure(N_("%(name)s:%(problem)s"), name=rule.name, problem=bad.message) from bad
    if before and read_value(rule, before) == new:
        raise WrongFigure(N_("填的数值和现在的一样，没有要更正的。"))
    return before


def withdraw_correction(
    session: Session, actor: SignedIn, contest: Contest, correction_id: UUID, now: datetime
) -> None:
    """Who proposed a correction takes it back before it is confirmed. Raises Absent, Refused."""
    correction = _open(session, contest, correction_id)
    if not _own(session, actor, correction):
        raise Refused("更正只能由提出人撤回。")
    _leave(session, actor, contest, correction, "withdrawn", now)


def refuse_correction(
    session: Session, actor: SignedIn, contest: Contest, correction_id: UUID, now: datetime
) -> None:
    """The second person turns one correction down; the others go on waiting. Raises Absent, Refused."""
    correction = _open(session, contest, correction_id)
    if _own(session, actor, correction):
        raise Refused("本人提出的更正请撤回，不能由本人决定是否采纳。")
    _leave(session, actor, contest, correction, "refused", now)


def _own(session: Session, actor: SignedIn, correction: Correction) -> bool:
    return same_person(session, actor, correction.proposed_by_id, correction.proposed_by)


def _open(session: Session, contest: Contest, correction_id: UUID) -> Correction:
    """One of the contest's corrections that still waits. Raises Absent, Refused."""
    correction = session.get(Correction, correction_id)
    if correction is None or correction.contest_id != contest.id:
        raise Absent
    if correction.state != "proposed":
        raise Refused("这处更正已经办过，请看过最新情况。")
    return correction


def _leave(
    session: Session, actor: SignedIn, contest: Contest, correction: Correction, state: str, now: datetime
) -> None:
    """Compute without it: with none left, the last trial is the published result again."""
    _settle(session, actor, correction, state, now)
    session.flush()
    compute(session, actor, contest, now)


def confirm_corrections(
    session: Session,
    actor: SignedIn,
    contest: Contest,
    sign: Signer,
    now: datetime,
    seen: int | None = None,
) -> Edition:
    """Confirm every proposed correction: a new edition supersedes the old one. Raises Refused.

    `seen` is the number of the trial whose consequences the person was shown.
    """
    waiting = open_corrections(session, contest)
    if not waiting:
        raise Refused("没有等待确认的更正。")
    if any(_own(session, actor, correction) for correction in waiting):
        raise Refused("更正须由提出人以外的另一位同志确认。")
    trial = current_trial(session, contest)
    if seen is not None and seen != trial.number:
        raise Refused("更正的内容刚刚有变动，请看过最新的影响再确认。")
    for correction in waiting:
        _settle(session, actor, correction, "confirmed", now)
    session.flush()
    first = waiting[0]
    reason = "；".join(correction.reason for correction in waiting)
    edition = add_edition(session, contest, trial, reason, (first.proposed_by_id, first.proposed_by), now)
    publish_edition(session, actor, contest, edition, sign, now)
    return edition


def _settle(session: Session, actor: SignedIn, correction: Correction, state: str, now: datetime) -> None:
    correction.state, correction.confirmed_by, correction.confirmed_at = state, actor.name, now
    audit.record(session, now, actor.account_id, correction.unit_id, ACTS[state], str(correction.id))
