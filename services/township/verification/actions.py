"""Accepting, verifying, sending back and approving returns: three authorities, each with its trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from services.township.verification.models import Verification
from services.township.verification.reading import ReturnRow
from services.township.verification.refusing import refusal
from shared.contracts.returns import Change, ReturnVerdict, ReturnVerified
from shared.contracts.returns import Veto as VetoFound
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.rules.contest import BadValue, read_value
from shared.rules.rulebook_values import Indicator
from shared.sync.contests import OpenContest
from shared.sync.outbox import publish_down, send_up

NO_REASON = N_("改了数字要写明依据")
NO_GROUND = N_("认定一票否决事项要写明依据")
UNKNOWN_EVENT = N_("规则里没有这一项否决事项")


@dataclass(frozen=True)
class Corrected:
    """A figure the township puts right, with its reason."""

    indicator: str
    value: str
    reason: str


Problem = BadValue | str


class BadCorrections(Exception):
    """What is wrong with the corrections by indicator, and with the vetoes by event (BadValue or a msgid)."""

    def __init__(self, problems: Mapping[str, Problem], vetoes: Mapping[str, Problem]) -> None:
        super().__init__(", ".join([*problems, *vetoes]))
        self.problems, self.vetoes = dict(problems), dict(vetoes)


def accept(
    session: Session, actor: SignedIn, row: ReturnRow, contest: OpenContest, now: datetime
) -> Verification:
    """Take a return up: from now on its branch cannot take it back. Repeating changes nothing."""
    if row.verification is not None and row.state == "accepted":
        return row.verification
    _require("accept", actor, row, contest)
    assert row.received is not None
    verification = Verification(
        return_id=row.received.id,
        unit_id=row.village.id,
        contest_id=contest.id,
        state="accepted",
        changes=[],
        vetoes=[],
        reason="",
        accepted_by=actor.name,
        accepted_at=now,
        verified_by="",
        approved_by="",
        sent_back_by="",
    )
    session.add(verification)
    session.flush()
    _tell(session, actor, row, verification, "accepted", now)
    return verification


def verify(
    session: Session,
    actor: SignedIn,
    row: ReturnRow,
    contest: OpenContest,
    corrected: Sequence[Corrected],
    vetoes: Mapping[str, str],
    now: datetime,
) -> Verification:
    """Find a return right, with the figures put right that were not; `vetoes` are reasons by event.

    Accepts it first where nobody has. Raises Refused, or BadCorrections naming each figure and event.
    """
    _require("verify", actor, row, contest)
    changes = _check(row, contest, corrected, vetoes, actor)
    verification = row.verification or accept(session, actor, row, contest, now)
    verification.changes = changes
    verification.vetoes = [
        {"event": event, "reason": reason.strip(), "by": actor.name}
        for event, reason in sorted(vetoes.items())
    ]
    verification.state, verification.reason = "verified", ""
    verification.verified_by, verification.verified_by_id = actor.name, actor.account_id
    verification.verified_at = now
    verification.approved_by, verification.approved_at = "", None
    session.flush()
    _tell(session, actor, row, verification, "verified", now)
    return verification


def _check(
    row: ReturnRow,
    contest: OpenContest,
    corrected: Sequence[Corrected],
    vetoes: Mapping[str, str],
    actor: SignedIn,
) -> list[dict[str, str]]:
    """The changes as kept, or BadCorrections."""
    assert row.received is not None
    changes, problems = [], {}
    for one in corrected:
        indicator = contest.rulebook.by_code[one.indicator]
        filed = row.received.values.get(one.indicator, "")
        if problem := _problem(indicator, one, filed):
            problems[one.indicator] = problem
        elif not _same(indicator, one.value, filed):
            changes.append(
                {
                    "indicator": one.indicator,
                    "filed": filed,
                    "verified": one.value,
                    "reason": one.reason.strip(),
                    "by": actor.name,
                }
            )
    bare = {event: NO_GROUND for event, reason in vetoes.items() if not reason.strip()}
    strange = {event: UNKNOWN_EVENT for event in vetoes if event not in contest.rulebook.events}
    if problems or bare or strange:
        raise BadCorrections(problems, {**bare, **strange})
    return changes


def _problem(indicator: Indicator, one: Corrected, filed: str) -> Problem | None:
    try:
        read_value(indicator, one.value)
    except BadValue as bad:
        return bad
    return None if one.reason.strip() or _same(indicator, one.value, filed) else NO_REASON


def _same(indicator: Indicator, value: str, filed: str) -> bool:
    """Whether a correction says what was filed: 74 is 74.0."""
    try:
        return read_value(indicator, value) == read_value(indicator, filed)
    except BadValue:
        return False


def send_back(
    session: Session, actor: SignedIn, row: ReturnRow, contest: OpenContest, reason: str, now: datetime
) -> None:
    """Give a return back to its branch, which may refile; a reason is owed. Raises Refused."""
    if not reason.strip():
        raise Refused("退回要写明理由，支部才知道怎么改。")
    _require("send_back", actor, row, contest)
    verification = row.verification or accept(session, actor, row, contest, now)
    verification.state, verification.reason = "sent_back", reason.strip()
    verification.sent_back_by, verification.sent_back_at = actor.name, now
    session.flush()
    _tell(session, actor, row, verification, "sent_back", now, reason.strip())


def reopen(session: Session, actor: SignedIn, row: ReturnRow, contest: OpenContest, now: datetime) -> None:
    """Take a finding back, as long as nobody has approved it: the return is 'accepted' again.

    Corrections and vetoes stay as typed, so that only what was wrong is written anew. Raises Refused.
    """
    _require("reopen", actor, row, contest)
    verification = row.verification
    assert verification is not None
    verification.state = "accepted"
    verification.accepted_by, verification.accepted_at = actor.name, now
    verification.verified_by, verification.verified_by_id, verification.verified_at = "", None, None
    session.flush()
    _tell(session, actor, row, verification, "accepted", now, trace="reopened")


def approve(session: Session, actor: SignedIn, row: ReturnRow, contest: OpenContest, now: datetime) -> None:
    """Approve the township's own roll-up of one verified return: it locks here and goes to the county.

    Repeating changes nothing. Raises Refused: not verified yet, or verified by the same person.
    """
    if row.state == "approved":
        return
    _require("approve", actor, row, contest)
    verification = row.verification
    assert verification is not None and row.village.parent_id is not None
    verification.state, verification.approved_by, verification.approved_at = "approved", actor.name, now
    session.flush()
    send_up(session, row.village.parent_id, row.village.id, _rolled_up(row, verification, contest), now)
    _tell(session, actor, row, verification, "approved", now)


def _require(what: str, actor: SignedIn, row: ReturnRow, contest: OpenContest) -> None:
    if barred := refusal(what, actor, row, contest):
        raise barred


def _rolled_up(row: ReturnRow, verification: Verification, contest: OpenContest) -> ReturnVerified:
    received, village = row.received, row.village
    assert received is not None and village.parent_id is not None
    assert verification.verified_at is not None and verification.approved_at is not None
    verified = {
        **received.values,
        **{change["indicator"]: change["verified"] for change in verification.changes},
    }
    return ReturnVerified(
        return_id=received.id,
        contest_id=contest.id,
        village_id=village.id,
        township_id=village.parent_id,
        attempt=received.attempt,
        filed=dict(received.values),
        verified=verified,
        changes=[Change(**change) for change in verification.changes],
        vetoes=[VetoFound(**veto) for veto in verification.vetoes],
        filed_by=received.filed_by,
        filed_at=received.filed_at.isoformat(),
        verified_by=verification.verified_by,
        verified_at=verification.verified_at.isoformat(),
        approved_by=verification.approved_by,
        approved_at=verification.approved_at.isoformat(),
        original=received.original,
    )


def _tell(
    session: Session,
    actor: SignedIn,
    row: ReturnRow,
    verification: Verification,
    verdict: str,
    now: datetime,
    reason: str = "",
    trace: str = "",
) -> None:
    """Let the branch know, and leave a trace (named as the verdict unless said otherwise)."""
    village = row.village
    assert village.parent_id is not None
    # Corrections kept from a finding taken back are notes of the township, not its word to the branch.
    found = [] if verdict == "accepted" else verification.changes
    body = ReturnVerdict(
        verdict_id=new_id(),
        return_id=verification.return_id,
        contest_id=verification.contest_id,
        village_id=village.id,
        verdict=verdict,
        reason=reason,
        changes=[Change(**change) for change in found],
        by=actor.name,
        at=now.isoformat(),
    )
    publish_down(session, village.parent_id, village.id, village.id, body, now)
    action, detail = f"return.{trace or verdict}", {"corrections": len(found)}
    audit.record(session, now, actor.account_id, village.id, action, str(verification.return_id), **detail)
