"""The county on townships' classings: worked out again, accepted, approved by another person, or returned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.organisations.checking import again, approved_fault, fault_of
from services.county.organisations.models import ClassedUnit
from services.county.organisations.reviews import reviews
from services.county.organisations.room import ROOM, member_year
from services.county.years.models import MemberYear
from shared.contracts.classing import ClassingFiled, Unshown
from shared.contracts.documents import UnitClassed, write_document
from shared.contracts.publications import UnitClassNotice
from shared.contracts.reclass import reclass
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import insert_rows, take_turn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.organisations.classings import Standing, add_classing_word, classings
from shared.organisations.why import lines_of
from shared.organisations.year_end import add_words
from shared.rulebooks import holidays
from shared.rules.appraisal import Rulebook
from shared.rules.calendar import add_working_days, parse_calendar
from shared.rules.words import listed
from shared.sync.outbox import publish_down, publish_each_down
from shared.sync.signer import Signer

REASON_LENGTH = 200


@dataclass(frozen=True)
class Seen:
    """A classing as it was seen."""

    id: UUID
    version: int


def accept(session: Session, actor: SignedIn, year: int, seen: Sequence[Seen], now: datetime) -> int:
    """Take classings up that come out the same here, all or none. Raises Absent, Refused."""
    held = _held(session, year, seen, ("proposed",))
    if any(_of_county(session, one) for one in held):
        raise Refused(N_("县里自己提的定级由第二人审定后公示，不用受理。"))
    for one in held:
        _require_same(session, one)
        add_classing_word(session, ROOM, actor, one, "accepted", "", now)
    _audit(session, actor, "organisation.accept", held, now)
    return len(held)


def approve(
    session: Session, sign: Signer, actor: SignedIn, year: int, seen: Sequence[Seen], now: datetime
) -> int:
    """Approve accepted classings, all or none: every unit is told, signed. Raises Absent, Refused."""
    held = _held(session, year, seen, ("accepted", "confirmed"))
    for one in held:
        if any(same_person(session, actor, word.by_id, word.by) for word in (_taken_up(one), one.row)):
            raise Refused(N_("受理和批准要由两个人分别办理。"))
        _require_shown(session, one, now)
        _require_same(session, one)
    for one in held:
        _tell(session, actor, one, "approved", "", now)
        accepted = _taken_up(one).by
        decide(session, sign, one.filed, accepted_by=accepted, approved_by=actor.name, now=now)
    _audit(session, actor, "organisation.approve", held, now)
    return len(held)


def _of_county(session: Session, one: Standing) -> bool:
    """Whether the county itself proposed it."""
    return session.get_one(Unit, one.row.unit_id).level == "county"


def _taken_up(one: Standing) -> Any:
    """Who took it up: for the county's own, who proposed it."""
    return one.word("accepted") or one.row


def give_back(session: Session, actor: SignedIn, year: int, seen: Seen, reason: str, now: datetime) -> None:
    """Return a classing with a reason: the township does it again. Raises Absent, Refused."""
    if not reason.strip():
        raise Refused(N_("请写明退回理由，乡镇和支部会看到。"))
    [one] = _held(session, year, [seen], ("proposed", "accepted", "confirmed", "approved"))
    if one.state == "proposed" and _of_county(session, one):
        raise Refused(N_("还没有审定的，提出的一方撤销就行。"))
    if one.state == "approved" and not may_reopen(session, one):
        raise Refused(N_("已经批准的，复算不一致才能退回重定。"))
    _tell(session, actor, one, "returned", reason.strip()[:REASON_LENGTH], now)
    _audit(session, actor, "organisation.return", [one], now)


def may_reopen(session: Session, one: Standing) -> bool:
    """Whether an approved classing may be returned: it comes out otherwise, and its year is open."""
    opened = session.get(MemberYear, one.row.year)
    return opened is not None and opened.state == "open" and approved_fault(session, one) != ""


def _audit(session: Session, actor: SignedIn, act: str, held: Sequence[Standing], now: datetime) -> None:
    audit.record_each(
        session, now, actor.account_id, act, [(one.row.unit_id, str(one.row.id)) for one in held]
    )


def _held(session: Session, year: int, seen: Sequence[Seen], states: Sequence[str]) -> list[Standing]:
    """Each as it was seen, nobody else deciding. Raises Absent, Refused."""
    if not seen:
        raise Refused(N_("请先勾选要办理的定级。"))
    for key in sorted(f"classing/{one.id}" for one in seen):
        take_turn(session, key)
    found = {one.row.id: one for some in classings(session, ROOM, year).values() for one in some}
    for one in seen:
        if one.id not in found:
            raise Absent
        if found[one.id].version != one.version or found[one.id].state not in states:
            raise Refused(N_("有定级刚刚被别人办理过，没有改动任何一份。请刷新后再办。"))
    return [found[one.id] for one in seen]


def _require_same(session: Session, one: Standing) -> None:
    differing, fault = again(session, one)
    if fault:
        message, values = fault_of(fault)
        raise Refused(message, **values)
    if differing:
        unit = session.get_one(Unit, one.row.unit_id)
        raise Refused(N_("“%(unit)s”重算结果和报的不一致，只能退回。"), unit=unit.name)


def _require_shown(session: Session, one: Standing, now: datetime) -> None:
    unit = session.get_one(Unit, one.row.unit_id)
    until = date.fromisoformat(one.filed.publicity_until)
    if civil(now).date() <= until:
        raise Refused(N_("“%(unit)s”公示到 %(day)s，过后才能批准。"), unit=unit.name, day=until)
    units = {line.unit_id for line in one.filed.classes} | set(one.filed.left_out)
    waiting = [
        found.asked.unit_id
        for found in reviews(session, one.row.year, units)
        if found.state != "confirmed" and found.classing_id == one.row.id
    ]
    if waiting:
        names = session.scalars(select(Unit.name).where(Unit.id.in_(waiting)).order_by(Unit.path)).all()
        raise Refused(N_("还有复核申请没有办结：%(names)s"), names=listed(names))


def _tell(session: Session, actor: SignedIn, one: Standing, kind: str, reason: str, now: datetime) -> None:
    verdict = add_classing_word(session, ROOM, actor, one, kind, reason, now)
    county = session.scalars(select(Unit.id).where(Unit.level == "county")).one()
    if county != one.row.unit_id:
        publish_down(session, county, one.row.unit_id, one.row.unit_id, verdict, now)
    elif kind == "returned":
        _hide(session, actor, one, reason, now)


def _hide(session: Session, actor: SignedIn, one: Standing, reason: str, now: datetime) -> None:
    """Committees are told that the publicity is off, as townships tell their branches."""
    body, county = Unshown(one.row.id, reason), one.row.unit_id
    units = [line.unit_id for line in one.filed.classes] + list(one.filed.left_out)
    words = add_words(session, ROOM.said, actor, [(unit, body) for unit in units], one.row.year, now)
    publish_each_down(session, [(county, said.unit_id, said.unit_id, said) for said in words], now)


def decide(
    session: Session, sign: Signer, filed: ClassingFiled, *, accepted_by: str, approved_by: str, now: datetime
) -> None:
    """Write the classes down and tell every unit its own under the county's signature."""
    year = member_year(session, filed.year)
    rulebook = year.appraisal_organisations
    made, inputs = (
        reclass(rulebook, filed.inputs, filed.decisions),
        {one.unit_id: one for one in filed.inputs},
    )
    rules, today = rulebook.classing, civil(now).date()
    review_until = add_working_days(today, rules.review_days, parse_calendar(holidays()))
    county = session.scalars(select(Unit).where(Unit.level == "county")).one()
    rows: list[dict[str, Any]] = []
    notices: list[tuple[UUID, UUID, UUID, UnitClassNotice]] = []
    for line in filed.classes:
        given, until = inputs[line.unit_id], rectify_until(rulebook, line.grade or "", today)
        common = {
            "unit_id": line.unit_id,
            "pool_id": filed.pool_id,
            "classing_id": filed.classing_id,
            "year": filed.year,
            "base": given.base,
            "months": given.months,
            "bonus": given.bonus,
            "deductions": given.deductions,
            "appraisal": line.appraisal,
            "total": line.total,
            "grade": line.grade or "",
            "rank": line.rank,
        }
        document = UnitClassed(
            **common,
            rulebook=filed.rulebook,
            rule_version=filed.rule_version,
            digest=filed.digest,
            graded=made.grading.graded,
            seats=made.grading.seats,
            lines=lines_of(made, line.unit_id),
            problems=given.problems,
            rectify_until=until.isoformat() if until else "",
            review_until=review_until.isoformat(),
            proposed_by=filed.proposed_by,
            confirmed_by=filed.confirmed_by,
            accepted_by=accepted_by,
            approved_by=approved_by,
            at=now.isoformat(),
        )
        body = write_document(document)
        rows.append({**common, "rectify_until": until, "document": body, "at": now})
        to = line.unit_id if filed.pool_id == county.id else filed.pool_id
        notice = UnitClassNotice(document=sign.document(body))
        notices.append((county.id, to, line.unit_id, notice))
    insert_rows(session, ClassedUnit, rows)
    publish_each_down(session, notices, now)


def rectify_until(rulebook: Rulebook, grade: str, today: date) -> date | None:
    """By when a unit of this class must have put right what is wrong; None where nothing must be."""
    rules = rulebook.classing
    return today + timedelta(days=rules.rectify_days) if grade in rules.rectify else None
