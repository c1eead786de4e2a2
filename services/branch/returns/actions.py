"""The village return: written as typed, checked, filed, withdrawn, refiled."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.returns.models import Verdict, VillageReturn
from shared.contracts.returns import ReturnFiled, ReturnVerdict, ReturnWithdrawn
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.rules.contest import BadValue, read_value
from shared.rules.rulebook_values import Rulebook
from shared.sync.contests import OpenContest, contest_by_id
from shared.sync.outbox import send_up
from shared.sync.records import Received

NOTE_LENGTH = 500


@dataclass(frozen=True)
class ReturnStatus:
    """Where a village's return stands: the newest attempt, and the township's last word on it."""

    attempt: VillageReturn | None
    verdict: Verdict | None

    @property
    def state(self) -> str:
        """none, draft, filed, withdrawn, accepted, verified, approved or sent_back."""
        if self.attempt is None:
            return "none"
        if self.verdict is not None:
            return self.verdict.verdict
        return self.attempt.state


def status(session: Session, contest_id: UUID, unit_id: UUID) -> ReturnStatus:
    """The newest attempt of one village with the verdict on it."""
    attempt = session.scalars(
        select(VillageReturn)
        .where(VillageReturn.contest_id == contest_id, VillageReturn.unit_id == unit_id)
        .order_by(VillageReturn.attempt.desc())
        .limit(1)
    ).one_or_none()
    return ReturnStatus(attempt, _last_verdict(session, attempt.id) if attempt else None)


def _last_verdict(session: Session, return_id: UUID) -> Verdict | None:
    query = (
        select(Verdict).where(Verdict.return_id == return_id).order_by(Verdict.at.desc(), Verdict.id.desc())
    )
    return session.scalars(query.limit(1)).one_or_none()


def verdicts(session: Session, contest_id: UUID, unit_id: UUID) -> Sequence[Verdict]:
    """Every verdict on a village's attempts, newest first."""
    return session.scalars(
        select(Verdict)
        .where(Verdict.contest_id == contest_id, Verdict.unit_id == unit_id)
        .order_by(Verdict.at.desc(), Verdict.id.desc())
    ).all()


def check_values(rulebook: Rulebook, values: Mapping[str, str]) -> dict[str, BadValue]:
    """What is wrong with each figure, by indicator; empty when the return can be filed."""
    wrong = {}
    for indicator in rulebook.indicators:
        try:
            read_value(indicator, values.get(indicator.code, ""))
        except BadValue as bad:
            wrong[indicator.code] = bad
    return wrong


def save_draft(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    contest: OpenContest,
    values: Mapping[str, str],
    note: str,
    now: datetime,
) -> VillageReturn:
    """Keep what was typed so far, right or wrong; opens the next attempt where the last is closed.

    Raises Refused where the village may not write now.
    """
    current = status(session, contest.id, unit.id)
    draft = _open_attempt(session, current, contest, unit, now)
    known = {indicator.code for indicator in contest.rulebook.indicators}
    draft.values = {
        **draft.values,
        **{code: text.strip()[:40] for code, text in values.items() if code in known},
    }
    draft.note = note.strip()[:NOTE_LENGTH]
    draft.updated_at = now
    session.flush()
    return draft


def _open_attempt(
    session: Session, current: ReturnStatus, contest: OpenContest, unit: Unit, now: datetime
) -> VillageReturn:
    if current.state == "draft" and current.attempt:
        return current.attempt
    if current.state not in ("none", "withdrawn", "sent_back"):
        raise Refused("本村申报表已经报到乡镇,不能再改。需要改的,请先撤回或联系乡镇退回。")
    _require_filing(contest, current.state == "sent_back", now)
    before = current.attempt
    draft = VillageReturn(
        id=new_id(),
        contest_id=contest.id,
        unit_id=unit.id,
        attempt=before.attempt + 1 if before else 1,
        state="draft",
        values=dict(before.values) if before else {},
        note=before.note if before else "",
        filed_by="",
        updated_at=now,
    )
    session.add(draft)
    return draft


def _require_filing(contest: OpenContest, sent_back: bool, now: datetime) -> None:
    if not contest.course.may_file(civil(now).date(), sent_back=sent_back):
        raise Refused("申报已于 %(day)s 截止,现在不能再报。", day=contest.opened.filing_until)


def file_return(
    session: Session, actor: SignedIn, draft: VillageReturn, contest: OpenContest, now: datetime
) -> None:
    """File the draft: it is frozen here and goes to the township. Filing the same draft twice files it once.

    Raises Refused for an incomplete draft or one too late.
    """
    if draft.state == "filed":
        return
    _require_filing(contest, draft.attempt > 1, now)
    if check_values(contest.rulebook, draft.values):
        raise Refused("还有指标没有填好,请按提示改正后再报。")
    draft.state, draft.filed_by, draft.filed_at, draft.updated_at = "filed", actor.name, now, now
    values = {indicator.code: draft.values[indicator.code] for indicator in contest.rulebook.indicators}
    body = ReturnFiled(
        return_id=draft.id,
        contest_id=draft.contest_id,
        village_id=draft.unit_id,
        attempt=draft.attempt,
        values=values,
        note=draft.note,
        filed_by=actor.name,
        filed_at=now.isoformat(),
        salt=secrets.token_hex(16),
    )
    send_up(session, draft.unit_id, draft.unit_id, body, now)
    audit.record(
        session, now, actor.account_id, draft.unit_id, "return.file", str(draft.id), attempt=draft.attempt
    )


def withdraw(session: Session, actor: SignedIn, unit: Unit, contest: OpenContest, now: datetime) -> None:
    """Take a filed return back, as long as the township has not taken it up. Raises Refused."""
    current = status(session, contest.id, unit.id)
    if current.state != "filed" or current.attempt is None:
        raise Refused("乡镇已经受理或申报表尚未上报,不能撤回。")
    current.attempt.state, current.attempt.updated_at = "withdrawn", now
    body = ReturnWithdrawn(
        return_id=current.attempt.id, village_id=unit.id, by=actor.name, at=now.isoformat()
    )
    send_up(session, unit.id, unit.id, body, now)
    audit.record(session, now, actor.account_id, unit.id, "return.withdraw", str(current.attempt.id))


def return_of(session: Session, return_id: UUID) -> tuple[VillageReturn, OpenContest]:
    """One attempt in scope with its contest; raises Absent."""
    found = session.get(VillageReturn, return_id)
    if found is None:
        raise Absent
    return found, contest_by_id(session, found.contest_id)


def receive_verdicts(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep the township's verdicts (insert-only: the newest one counts)."""
    for item in received:
        body: ReturnVerdict = item.body
        session.add(
            Verdict(
                id=body.verdict_id,
                return_id=body.return_id,
                contest_id=body.contest_id,
                unit_id=item.unit,
                verdict=body.verdict,
                reason=body.reason,
                changes=[
                    {name: getattr(change, name) for name in change.__struct_fields__}
                    for change in body.changes
                ],
                by=body.by,
                at=datetime.fromisoformat(body.at),
            )
        )
    session.flush()


def recover_returns(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Rebuild filed returns the township still holds, after this database was restored to before them."""
    for item in received:
        body: ReturnFiled = item.body
        found = session.get(VillageReturn, body.return_id) or VillageReturn(
            id=body.return_id, contest_id=body.contest_id, unit_id=body.village_id, attempt=body.attempt
        )
        found.state, found.values, found.note = "filed", body.values, body.note
        found.filed_by, found.filed_at, found.updated_at = (
            body.filed_by,
            datetime.fromisoformat(body.filed_at),
            now,
        )
        session.add(found)
    session.flush()


def recover_withdrawals(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Rebuild withdrawals the same way."""
    for item in received:
        body: ReturnWithdrawn = item.body
        found = session.get(VillageReturn, body.return_id)
        if found is not None:
            found.state, found.updated_at = "withdrawn", now
    session.flush()
