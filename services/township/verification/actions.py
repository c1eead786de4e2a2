"""Accepting, verifying, sending back and approving returns: three authorities, each with its trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from services.township.verification.models import Verification
from services.township.verification.reading import ReturnRow
from shared.contracts.returns import Change, ReturnVerdict, ReturnVerified
from shared.contracts.returns import Veto as VetoFound
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Refused
from shared.kit.ids import new_id
from shared.rules.contest import BadValue, read_value
from shared.sync.contests import OpenContest
from shared.sync.outbox import publish_down, send_up


@dataclass(frozen=True)
class Corrected:
    """A figure the township puts right, with its reason."""

    indicator: str
    value: str
    reason: str


class BadCorrections(Exception):
    """What is wrong with the corrections, by indicator: messages as shown."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = dict(problems)


def accept(
    session: Session, actor: SignedIn, row: ReturnRow, contest: OpenContest, now: datetime
) -> Verification:
    """Take a return up: from now on its branch cannot take it back. Repeating changes nothing."""
    if row.verification is not None and row.state == "accepted":
        return row.verification
    if row.state != "received" or row.received is None:
        raise Refused("%(village)s没有待受理的申报表。", village=row.village.name)
    _require_verifying(contest)
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
    )
    session.add(verification)
    session.flush()
    _tell(session, actor, row, verification, "accepted", "", now)
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

    Accepts it first where nobody has. Raises Refused, or BadCorrections naming each figure.
    """
    if row.state not in ("received", "accepted", "verified", "county_returned"):
        raise Refused("%(village)s的申报表现在不能核实。", village=row.village.name)
    _require_verifying(contest)
    verification = row.verification or accept(session, actor, row, contest, now)
    changes = _changes(row, contest, corrected, actor)
    verification.changes = changes
    verification.vetoes = [
        {"event": event, "reason": reason, "by": actor.name} for event, reason in sorted(vetoes.items())
    ]
    verification.state, verification.reason = "verified", ""
    verification.verified_by, verification.verified_by_id, verification.verified_at = (
        actor.name,
        actor.account_id,
        now,
    )
    verification.approved_by, verification.approved_at = "", None
    session.flush()
    _tell(session, actor, row, verification, "verified", "", now)
    return verification


def _changes(
    row: ReturnRow, contest: OpenContest, corrected: Sequence[Corrected], actor: SignedIn
) -> list[dict[str, str]]:
    assert row.received is not None
    changes, problems = [], {}
    for one in corrected:
        filed = row.received.values.get(one.indicator, "")
        if one.value == filed:
            continue
        try:
            read_value(contest.rulebook.by_code[one.indicator], one.value)
        except BadValue as bad:
            problems[one.indicator] = bad.message
            continue
        if not one.reason.strip():
            problems[one.indicator] = "改了数字要写明依据"
            continue
        changes.append(
            {
                "indicator": one.indicator,
                "filed": filed,
                "verified": one.value,
                "reason": one.reason.strip(),
                "by": actor.name,
            }
        )
    if problems:
        raise BadCorrections(problems)
    return changes


def send_back(
    session: Session, actor: SignedIn, row: ReturnRow, contest: OpenContest, reason: str, now: datetime
) -> None:
    """Give a return back to its branch, which may refile; a reason is owed. Raises Refused."""
    if not reason.strip():
        raise Refused("退回要写明理由,支部才知道怎么改。")
    if row.state not in ("received", "accepted", "verified", "county_returned"):
        raise Refused(
            "%(village)s的申报表已经批准上报,不能退回。确需退回的,先请县里退回。", village=row.village.name
        )
    _require_verifying(contest)
    verification = row.verification or accept(session, actor, row, contest, now)
    verification.state, verification.reason = "sent_back", reason.strip()
    session.flush()
    _tell(session, actor, row, verification, "sent_back", reason.strip(), now)


def approve(session: Session, actor: SignedIn, row: ReturnRow, contest: OpenContest, now: datetime) -> None:
    """Approve the township's own roll-up of one verified return: it locks here and goes to the county.

    Repeating changes nothing. Raises Refused: not verified yet, or verified by the same person.
    """
    if row.state == "approved":
        return
    verification = row.verification
    if verification is None or row.state != "verified":
        raise Refused("%(village)s还没有核实,不能批准上报。", village=row.village.name)
    if verification.verified_by_id == actor.account_id:
        raise Refused("%(village)s是您本人核实的,请另一位同志批准上报。", village=row.village.name)
    _require_verifying(contest)
    verification.state, verification.approved_by, verification.approved_at = "approved", actor.name, now
    session.flush()
    assert row.village.parent_id is not None
    send_up(session, row.village.parent_id, row.village.id, _rolled_up(row, verification, contest), now)
    _tell(session, actor, row, verification, "approved", "", now)


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


def _require_verifying(contest: OpenContest) -> None:
    if not contest.course.may_verify():
        raise Refused("县里已结束核实,申报表不能再改。确有错误的,请在公示期内提出异议。")


def _tell(
    session: Session,
    actor: SignedIn,
    row: ReturnRow,
    verification: Verification,
    verdict: str,
    reason: str,
    now: datetime,
) -> None:
    """Let the branch know, and leave a trace."""
    village = row.village
    assert village.parent_id is not None
    body = ReturnVerdict(
        verdict_id=new_id(),
        return_id=verification.return_id,
        contest_id=verification.contest_id,
        village_id=village.id,
        verdict=verdict,
        reason=reason,
        changes=[Change(**change) for change in verification.changes],
        by=actor.name,
        at=now.isoformat(),
    )
    publish_down(session, village.parent_id, village.id, village.id, body, now)
    audit.record(session, now, actor.account_id, village.id, f"return.{verdict}", str(verification.return_id))
