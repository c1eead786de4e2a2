"""A unit's request for review, decided by somebody who had no part in the classing, confirmed by another."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.announcing import announce
from services.county.organisations import approving
from services.county.organisations.bases import correct_base
from services.county.organisations.closing import last_review_day
from services.county.organisations.models import ClassReviewWord
from services.county.organisations.reviews import Review, reviews
from services.county.organisations.room import ROOM, member_year
from services.county.organisations.standing import UnitClass, class_of
from services.county.organisations.told import answer
from shared.contracts.classing import Checked, LeftOut
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import take_turn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.organisations.classings import Standing, classings
from shared.organisations.year_end import unit_year
from shared.sync.signer import Signer

TOOK_PART = N_("办过这次定级的人不办它的复核。")
CHANGED = N_("这份申请刚刚被别人办理过，没有改动。请刷新后再办。")


@dataclass(frozen=True)
class Ruling:
    """What is decided; upheld after approval it names the class and what is added (hundredths)."""

    upheld: bool
    grade: str
    points: int
    reason: str


def review_of(session: Session, year: int, request_id: UUID) -> Review:
    """One request; raises Absent."""
    found = next((one for one in reviews(session, year) if one.asked.id == request_id), None)
    if found is None:
        raise Absent
    return found


def decide(
    session: Session, actor: SignedIn, year: int, seen: tuple[UUID, int], ruling: Ruling, now: datetime
) -> None:
    """Decide a request, with a reason. Raises Absent, Refused."""
    one = _held(session, actor, year, seen, "open")
    if not ruling.reason.strip():
        raise Refused(N_("请写明理由，支部会看到。"))
    known = class_asked_about(session, one, year)
    if ruling.upheld and out_of_time(session, one, known, year):
        raise Refused(N_("申请时已经过了期限，只能维持。"))
    if ruling.upheld and known is not None:
        _require_change(session, year, known, ruling)
    elif ruling.grade or ruling.points:
        raise Refused(N_("维持原定类别的，或者县里还没批准的，不填类别和更正分。"))
    _say(session, actor, one, year, "decided", ruling, now)


def class_asked_about(session: Session, one: Review, year: int) -> UnitClass | None:
    """The class that the request is about, once approved; None before, or where it was done anew since."""
    known = class_of(session, one.asked.unit_id, year)
    return known if known is not None and known.row.classing_id == one.classing_id else None


def out_of_time(session: Session, one: Review, known: UnitClass | None, year: int) -> bool:
    """Whether the unit asked after its days were over: they run to when it asked, not to when that came."""
    standing = _classing(session, year, one.classing_id)
    days = [date.fromisoformat(standing.filed.publicity_until)] if standing else []
    if known is not None:
        days.append(last_review_day(session, year, known.row.at))
    return bool(days) and civil(one.asked.at).date() > max(days)


def _require_change(session: Session, year: int, known: UnitClass, ruling: Ruling) -> None:
    rulebook = member_year(session, year).appraisal_organisations
    if ruling.grade not in rulebook.places:
        raise Refused(N_("复核成立要写明改定的类别。"))
    if ruling.grade == known.grade and not ruling.points:
        raise Refused(N_("复核成立要改类别或者更正积分。"))


def send_back(
    session: Session, actor: SignedIn, year: int, seen: tuple[UUID, int], reason: str, now: datetime
) -> None:
    """The second person wants it decided anew. Raises Absent, Refused."""
    if not reason.strip():
        raise Refused(N_("请写明理由。"))
    one = _held(session, actor, year, seen, "decided")
    _say(session, actor, one, year, "sent_back", Ruling(False, "", 0, reason), now)


def confirm(
    session: Session, sign: Signer, actor: SignedIn, year: int, seen: tuple[UUID, int], now: datetime
) -> None:
    """Confirm a decision: the unit is told, signed; upheld before approval, the classing goes back.

    Raises Absent, Refused.
    """
    one = _held(session, actor, year, seen, "decided")
    decided = one.decision
    assert decided is not None
    if same_person(session, actor, decided.by_id, decided.by):
        raise Refused(N_("决定和确认要由两个人分别办理。"))
    known = class_asked_about(session, one, year)
    if decided.upheld and (known is None) != (not decided.grade):
        raise Refused(N_("决定以后县里批准了定级，请退回重议。"))
    ruling = Ruling(decided.upheld, decided.grade, decided.points, decided.text)
    _say(session, actor, one, year, "confirmed", ruling, now)
    if decided.upheld and known is None:
        _return_classing(session, actor, one, year, decided.text, now)
    rulebook = member_year(session, year).appraisal_organisations
    said = review_of(session, year, one.asked.id)
    known = class_asked_about(session, one, year)
    document = answer(said, year, known, rulebook)
    unit = session.get_one(Unit, one.asked.unit_id)
    county = session.scalars(select(Unit.id).where(Unit.level == "county")).one()
    to = unit.id if unit.parent_id == county else unit.parent_id
    announce(session, sign, county, document, now, to=to, about=unit.id)
    if decided.upheld and known is not None:
        correct_base(session, sign, known, rulebook, one.asked.id, now)


def _return_classing(
    session: Session, actor: SignedIn, one: Review, year: int, reason: str, now: datetime
) -> None:
    standing = _classing(session, year, one.classing_id)
    if standing is not None and standing.state in ("proposed", "accepted", "confirmed"):
        seen = approving.Seen(standing.row.id, standing.version)
        approving.give_back(session, actor, year, seen, reason, now)


def _classing(session: Session, year: int, classing_id: UUID) -> Standing | None:
    every = [one for some in classings(session, ROOM, year).values() for one in some]
    return next((one for one in every if one.row.id == classing_id), None)


def _held(session: Session, actor: SignedIn, year: int, seen: tuple[UUID, int], state: str) -> Review:
    """The request as it was seen, by somebody who took no part in the classing. Raises Absent, Refused."""
    take_turn(session, f"class-review/{seen[0]}")
    one = review_of(session, year, seen[0])
    if one.version != seen[1] or one.state != state:
        raise Refused(CHANGED)
    if took_part(session, actor, one, year):
        raise Refused(TOOK_PART)
    return one


def took_part(session: Session, actor: SignedIn, one: Review, year: int) -> bool:
    """Whether somebody proposed, confirmed or decided that classing, or found on the unit's report.

    Who spoke at another tier is known by name alone: the same name is taken for the same person.
    """
    said = unit_year(session, ROOM.said, year, one.asked.unit_id).words
    spoke = [(word.by_id, word.by) for word in said if isinstance(word.body, Checked | LeftOut)]
    standing = _classing(session, year, one.classing_id)
    if standing is not None:
        spoke += [(word.by_id, word.by) for word in (standing.row, *standing.words)]
        if standing.row.by_id is None:
            spoke += [(None, standing.filed.proposed_by), (None, standing.filed.confirmed_by)]
    return any(same_person(session, actor, by_id, by) for by_id, by in spoke)


def _say(
    session: Session, actor: SignedIn, one: Review, year: int, kind: str, ruling: Ruling, now: datetime
) -> None:
    made = ClassReviewWord(
        id=new_id(),
        request_id=one.asked.id,
        unit_id=one.asked.unit_id,
        year=year,
        kind=kind,
        upheld=ruling.upheld,
        grade=ruling.grade,
        points=ruling.points,
        text=ruling.reason.strip()[:400],
        by=actor.name,
        by_id=actor.account_id,
        at=now,
    )
    session.add(made)
    session.flush()
    act = f"organisation.review_{kind}"
    audit.record(session, now, actor.account_id, one.asked.unit_id, act, str(one.asked.id))
