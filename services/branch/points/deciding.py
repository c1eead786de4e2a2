"""The branch decides claims: approved, returned with a reason, struck after approval. In bulk, by version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, any_, bindparam, select, text
from sqlalchemy.orm import Session

from services.branch.colleagues import has_colleague
from services.branch.points.books import keep_books_open
from services.branch.points.models import Claim
from services.branch.points.over import require_open_years, require_postable
from services.branch.points.putting_right import may_go_back
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import ids_given, read_rows
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.rules.points.claims import worth
from shared.sync.years import MemberYear, year_of

REASON_LENGTH = 200
REVIEW = "claim.review"
REPLY_LENGTH = 400
NO_DAYS_LEFT = N_(
    "本年度的积分补到 %(until)s 为止，现在退回，本人已经来不及改。"
    "请直接审定：符合的通过，不符合的不予认定并写明理由。"
)
# What judging a claim needs of it: a month's review reads a branch's hundreds without their words.
_JUDGED = (
    *(Claim.id, Claim.member_id, Claim.year, Claim.handed_in, Claim.state, Claim.version),
    *(Claim.scheme, Claim.item, Claim.category, Claim.times, Claim.reply, Claim.filed_at),
    *(Claim.points, Claim.stated_in, Claim.proxy, Claim.filed_by, Claim.day),
)
_HOLDING = (
    select(*_JUDGED)
    .where(Claim.unit_id == bindparam("unit", type_=Uuid), Claim.id == any_(ids_given("ids")))
    .order_by(Claim.id)
    .with_for_update()
)
_DECIDE = text(
    "UPDATE claim SET state = :state, points = new.points, decided_by = :by, decided_at = :at,"
    " reason = :reason, version = version + 1"
    " FROM unnest(:ids, :points) AS new(id, points) WHERE claim.id = new.id"
).bindparams(ids_given("ids"), bindparam("points", type_=ARRAY(Integer)))


@dataclass(frozen=True)
class Chosen:
    """A claim as the person saw it; `points` (hundredths) only for items with a range."""

    id: UUID
    version: int
    points: int | None = None


def approve(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    chosen: Sequence[Chosen],
    now: datetime,
) -> int:
    """Approve these claims, all or none; how many. Raises Refused: changed since, one's own, out of range."""
    claims = _held(session, actor, unit, chosen, "waiting")
    if any(filed_by_himself(session, actor, claim) for claim in claims) and has_colleague(
        session, unit, actor, REVIEW
    ):
        raise Refused(N_("有申报是您代报的，请另一位委员审核；没有改动任何一条。"))
    # All are judged before the first is written: a page that comes back shows nothing half done.
    judged = [_judged(year, one, claim, now) for one, claim in zip(chosen, claims, strict=True)]
    _write(session, actor, claims, "approved", judged, "", now)
    audit.record(
        session, now, actor.account_id, unit.id, "claim.approve", str(chosen[0].id), claims=len(claims)
    )
    return len(claims)


def filed_by_himself(session: Session, actor: SignedIn, claim: Any) -> bool:
    """Whether the asker filed this claim for somebody: another approves it, where there is another."""
    return bool(claim.proxy and same_person(session, actor, None, claim.filed_by))


def _write(
    session: Session,
    actor: SignedIn,
    claims: Sequence[Any],
    state: str,
    points: Sequence[int | None],
    reason: str,
    now: datetime,
) -> None:
    """One statement however many there are; what the session holds of claims is read anew."""
    values = {"ids": [claim.id for claim in claims], "points": points, "state": state, "reason": reason}
    session.connection().execute(_DECIDE, values | {"by": actor.name, "at": now})
    for held in session.identity_map.values():
        if isinstance(held, Claim):
            session.expire(held)


def _judged(year: MemberYear, one: Chosen, claim: Any, now: datetime) -> int:
    """Hundredths the claim is worth as decided. Raises Refused."""
    if claim.scheme not in year.schemes:
        raise Absent
    item = year.schemes[claim.scheme].by_code[claim.item]
    _heard(year, claim, now)
    try:
        return worth(item, claim.times, one.points if item.ranged else None)
    except ValueError as error:
        raise Refused(N_("“%(item)s”的分数不在规定范围内。"), item=item.name) from error


def reopen(session: Session, actor: SignedIn, unit: Unit, chosen: Sequence[Chosen], now: datetime) -> int:
    """Take an approval back before its month is closed: the claims wait again. Raises Refused."""
    keep_books_open(session, unit.id)
    claims = _held(session, actor, unit, chosen, "approved")
    if any(claim.stated_in for claim in claims):
        raise Refused(N_("已经结进月报的不能撤回审核，请用冲销，并写明理由。"))
    _write(session, actor, claims, "waiting", [None] * len(claims), "", now)
    audit.record(
        session, now, actor.account_id, unit.id, "claim.reopen", str(claims[0].id), claims=len(claims)
    )
    return len(claims)


def _heard(year: MemberYear, claim: Any, now: datetime) -> None:
    """A deduction counts once the member has replied, or has had the days to."""
    if claim.category not in year.deductions or claim.reply:
        return
    until = civil(claim.filed_at).date() + timedelta(days=year.schemes[claim.scheme].reply_days)
    if civil(now).date() <= until:
        raise Refused(N_("扣分要先听本人说明，本人可在 %(until)s 前说明，之后再定。"), until=until)


def reply(session: Session, actor: SignedIn, unit: Unit, claim_id: UUID, text: str, now: datetime) -> None:
    """The member's word on a deduction, before it is decided. Raises Absent, Refused."""
    claim = _own(session, actor, unit, claim_id)
    if not text.strip():
        raise Refused(N_("请写明您的说明。"))
    if claim.state != "waiting":
        raise Refused(N_("支部已经定了。要再说明的，请走申诉。"))
    claim.reply, claim.version = text.strip()[:REPLY_LENGTH], claim.version + 1
    audit.record(session, now, actor.account_id, unit.id, "claim.reply", str(claim.id))


def _own(session: Session, actor: SignedIn, unit: Unit, claim_id: UUID) -> Claim:
    claim = session.get(Claim, claim_id, with_for_update=True)
    if claim is None or claim.unit_id != unit.id or claim.member_id != actor.person_id:
        raise Absent
    require_open_years(session, [claim.year])
    return claim


def give_back(
    session: Session, actor: SignedIn, unit: Unit, chosen: Sequence[Chosen], reason: str, now: datetime
) -> int:
    """Return claims with a reason; the member may put them right. Raises Refused, also with no day left."""
    for claim in _held(session, actor, unit, chosen, "waiting"):
        year = year_of(session, claim.year)
        if not may_go_back(claim, year, civil(now).date()):
            raise Refused(NO_DAYS_LEFT, until=year.late_until)
    return _end(session, actor, unit, chosen, "waiting", "returned", reason, now)


def decline(
    session: Session, actor: SignedIn, unit: Unit, chosen: Sequence[Chosen], reason: str, now: datetime
) -> int:
    """Do not recognise claims that a return would leave no day to put right. Raises Refused."""
    for claim in _held(session, actor, unit, chosen, "waiting"):
        if may_go_back(claim, year_of(session, claim.year), civil(now).date()):
            raise Refused(N_("还来得及改的请退回本人，不直接不予认定。"))
    return _end(session, actor, unit, chosen, "waiting", "struck", reason, now)


def strike(
    session: Session, actor: SignedIn, unit: Unit, chosen: Sequence[Chosen], reason: str, now: datetime
) -> int:
    """Take approved claims back with a reason: the next statement posts a counter-entry. Raises Refused."""
    keep_books_open(session, unit.id)
    stated = {claim.year for claim in _held(session, actor, unit, chosen, "approved") if claim.stated_in}
    for year in stated:
        require_postable(session, unit.id, year)
    return _end(session, actor, unit, chosen, "approved", "struck", reason, now)


def withdraw(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, claim_id: UUID, now: datetime
) -> None:
    """Take one's own claim back while nobody has decided it. Raises Absent, Refused."""
    claim = _own(session, actor, unit, claim_id)
    if claim.category in year.deductions:
        raise Refused(N_("扣分不能自己撤回，可以先作说明。"))
    if claim.state != "waiting":
        raise Refused(N_("支部已经审核过，不能撤回。"))
    claim.state, claim.version = "withdrawn", claim.version + 1
    audit.record(session, now, actor.account_id, unit.id, "claim.withdraw", str(claim.id))


def _end(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    chosen: Sequence[Chosen],
    before: str,
    after: str,
    reason: str,
    now: datetime,
) -> int:
    if not reason.strip():
        raise Refused(N_("请写明理由，申报人会看到。"))
    claims = _held(session, actor, unit, chosen, before)
    points = [claim.points for claim in claims]
    _write(session, actor, claims, after, points, reason.strip()[:REASON_LENGTH], now)
    audit.record(
        session, now, actor.account_id, unit.id, f"claim.{after}", str(claims[0].id), claims=len(claims)
    )
    return len(claims)


def _held(session: Session, actor: SignedIn, unit: Unit, chosen: Sequence[Chosen], state: str) -> list[Any]:
    """The chosen claims locked, in the order chosen; refused unless every one stands as it was seen."""
    if not chosen:
        raise Refused(N_("请先勾选要办理的申报。"))
    rows = read_rows(session, _HOLDING, {"unit": unit.id, "ids": [one.id for one in chosen]})
    found = {claim.id: claim for claim in rows}
    if len(found) < len({one.id for one in chosen}):
        raise Absent
    for one in chosen:
        claim = found[one.id]
        if claim.handed_in is not None:
            raise Refused(N_("有申报已经随组织关系转走，由现支部办理。"))
        if claim.state != state or claim.version != one.version:
            raise Refused(N_("有申报刚刚被别人办理过，没有改动任何一条。请刷新后再办。"))
        if claim.member_id == actor.person_id:
            raise Refused(N_("不能审核自己的申报，请另一位委员审核。"))
    require_open_years(session, {claim.year for claim in found.values()})
    return [found[one.id] for one in chosen]
