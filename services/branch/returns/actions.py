"""The village return: written as typed, checked, filed, withdrawn, refiled."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.branch.returns.models import VillageReturn
from services.branch.returns.reading import ReturnStatus, check_values, may_file, status
from shared.contracts.returns import ReturnFiled, ReturnWithdrawn
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.db import take_turn
from shared.kit.errors import Refused
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.sync.contests import OpenContest
from shared.sync.outbox import send_up

NOTE_LENGTH = 500
VALUE_LENGTH = 40


class Changed(Refused):
    """Somebody typed between the last look at the draft and filing it."""

    def __init__(self) -> None:
        super().__init__("另一位同志刚刚改过，没有提交。请按最新的数再看一遍。")


def _hold(session: Session, contest_id: UUID, unit_id: UUID) -> ReturnStatus:
    """The status, with everyone else who writes this village's return waiting until we commit."""
    key = f"return/{contest_id}/{unit_id}"
    take_turn(session, key)
    return status(session, contest_id, unit_id)


def save_draft(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    contest: OpenContest,
    values: Mapping[str, str],
    note: str | None,
    now: datetime,
    *,
    attempt: int | None = None,
) -> VillageReturn:
    """Keep what was typed so far, right or wrong; opens the next attempt where the last is closed.

    Only the figures given are written, and the note unless None. `attempt` is the one the form was made
    for. Raises Refused where the village may not write now, or where the form is of another attempt.
    """
    current = _hold(session, contest.id, unit.id)
    draft = _open_attempt(session, current, contest, unit, attempt, now)
    known = {indicator.code for indicator in contest.rulebook.indicators}
    typed = {code: text.strip()[:VALUE_LENGTH] for code, text in values.items() if code in known}
    draft.values = {**draft.values, **typed}
    if note is not None:
        draft.note = note.replace("\r\n", "\n").strip()[:NOTE_LENGTH]
    draft.updated_at = now
    session.flush()
    return draft


def _open_attempt(
    session: Session,
    current: ReturnStatus,
    contest: OpenContest,
    unit: Unit,
    number: int | None,
    now: datetime,
) -> VillageReturn:
    if not current.open:
        raise Refused("本村申报表已经报到乡镇，不能再改。需要改的，请先撤回或联系乡镇退回。")
    if number is not None and number != current.number:
        raise Refused("这一页是上一次申报的，之后已经有变动，没有保存。请刷新后再填。")
    _require_filing(contest, current, now)
    if current.state == "draft" and current.attempt:
        return current.attempt
    before = current.attempt
    draft = VillageReturn(
        id=new_id(),
        contest_id=contest.id,
        unit_id=unit.id,
        attempt=current.number,
        state="draft",
        values=dict(before.values) if before else {},
        note=before.note if before else "",
        filed_by="",
        updated_at=now,
    )
    session.add(draft)
    return draft


def _require_filing(contest: OpenContest, current: ReturnStatus, now: datetime) -> None:
    if may_file(contest, current, now):
        return
    if current.exception is None:
        raise Refused("申报已于 %(day)s 截止，现在不能再报。", day=contest.opened.filing_until)
    if current.exception.revoked_at:
        raise Refused("县里准予的延期已经收回，现在不能再报。")
    raise Refused("县里准予的延期已经到期，现在不能再报。")


def file_return(
    session: Session,
    actor: SignedIn,
    draft: VillageReturn,
    contest: OpenContest,
    now: datetime,
    *,
    seen: str | None = None,
) -> None:
    """File the draft: it is frozen here and goes to the township. Filing the same draft twice files it once.

    `seen` is the version the person checked. Raises Refused for an incomplete draft or one too late, Changed
    where somebody has typed since.
    """
    session.flush()
    current = _hold(session, draft.contest_id, draft.unit_id)
    if draft.state == "filed":
        return
    if current.state != "draft" or current.attempt is not draft:
        raise Refused("这一页是上一次申报的，之后已经有变动，没有保存。请刷新后再填。")
    _require_filing(contest, current, now)
    if seen is not None and seen != current.version:
        raise Changed
    if check_values(contest.rulebook, draft.values):
        raise Refused("还有指标没有填好，请按提示改正后再报。")
    draft.state, draft.filed_by, draft.filed_at, draft.updated_at = "filed", actor.name, now, now
    send_up(session, draft.unit_id, draft.unit_id, _message(draft, contest, now), now)
    audit.record(
        session, now, actor.account_id, draft.unit_id, "return.file", str(draft.id), attempt=draft.attempt
    )


def _message(draft: VillageReturn, contest: OpenContest, now: datetime) -> ReturnFiled:
    return ReturnFiled(
        return_id=draft.id,
        contest_id=draft.contest_id,
        village_id=draft.unit_id,
        attempt=draft.attempt,
        values={indicator.code: draft.values[indicator.code] for indicator in contest.rulebook.indicators},
        note=draft.note,
        filed_by=draft.filed_by,
        filed_at=now.isoformat(),
        salt=secrets.token_hex(16),
    )


def withdraw(session: Session, actor: SignedIn, unit: Unit, contest: OpenContest, now: datetime) -> None:
    """Take a filed return back, as long as the township has not taken it up. Raises Refused."""
    current = _hold(session, contest.id, unit.id)
    if current.state != "filed" or current.attempt is None:
        raise Refused("乡镇已经受理或申报表尚未上报，不能撤回。")
    current.attempt.state, current.attempt.updated_at = "withdrawn", now
    body = ReturnWithdrawn(
        return_id=current.attempt.id, village_id=unit.id, by=actor.name, at=now.isoformat()
    )
    send_up(session, unit.id, unit.id, body, now)
    audit.record(session, now, actor.account_id, unit.id, "return.withdraw", str(current.attempt.id))
