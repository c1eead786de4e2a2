"""What waits for one person: to decide, confirm, look at again, sign. One condition each, counted at once."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from shared.kit.accounts import SignedIn
from shared.kit.clock import CIVIL_TIME, civil
from shared.kit.persons import done_by
from shared.outcomes import wording
from shared.outcomes.desk import Desk
from shared.outcomes.voice import STAND_IN, TOLD, Voice, voice
from shared.rules.outcomes import SECOND

# What a list can be narrowed to besides a state.
MINE = ("decide", "confirm", "follow_up", "state", "sign")
STATE = {"decide": "open", "confirm": "decided", "follow_up": "in_force", "state": "open", "sign": "in_force"}
SAID = {"decide": ("verified", "decided"), "confirm": ("confirmed",), "follow_up": ("followed_up",)}


def waits_for(session: Session, desk: Desk, actor: SignedIn, what: str, now: datetime) -> ColumnElement[bool]:
    """The cases that wait for this person; `what` is one of MINE. Shields are not asked."""
    return _waits_for(session, voice(session, desk, actor), what, now)


def _waits_for(session: Session, speaker: Voice, what: str, now: datetime) -> ColumnElement[bool]:
    desk, actor = speaker.desk, speaker.actor
    if what == "sign":
        return _to_sign(desk, actor)
    if what == "state":
        return _to_state(desk, actor)
    cases = desk.cases
    others = cases.member_id.is_distinct_from(actor.person_id)
    if what == "follow_up":
        return and_(_is_over(session, desk, now), others, _may_say(speaker, "followed_up"))
    if what == "confirm":
        return and_(
            cases.state == "decided", others, _may_say(speaker, "confirmed"), ~_decided_by(desk, actor)
        )
    return and_(cases.state == "open", others, _may_say(speaker, "decided"))


def counts(
    session: Session, desk: Desk, actor: SignedIn, now: datetime, year: int | None = None
) -> dict[tuple[str, str], int]:
    """How many wait for this person, by what must be done and sort of case.

    One query for what is under way; another for what is in force, which is most of all cases.
    """
    kinds = [what for what in MINE if may_ever(desk, actor, what)]
    speaker = voice(session, desk, actor) if kinds else None
    found: dict[tuple[str, str], int] = {}
    for part in ([one for one in kinds if one != "follow_up"], [one for one in kinds if one == "follow_up"]):
        if not part or speaker is None:
            continue
        conditions = [_waits_for(session, speaker, what, now) for what in part]
        given = [func.count().filter(one) for one in conditions]
        query = select(desk.cases.sort, *given).where(desk.cases.state.in_(STATE[what] for what in part))
        if part == ["follow_up"]:
            query = query.where(*conditions)
        if year is not None:
            query = query.where(desk.cases.year == year)
        for row in session.execute(query.group_by(desk.cases.sort)):
            found |= {(what, row[0]): many for what, many in zip(part, row[1:], strict=True) if many}
    return found


def oldest(session: Session, desk: Desk, actor: SignedIn, what: str, now: datetime) -> int | None:
    """The year with which to begin what waits: a list shows one year, and what waits may be of an earlier."""
    waits = waits_for(session, desk, actor, what, now)
    return session.scalar(select(func.min(desk.cases.year)).where(waits))


def may_ever(desk: Desk, actor: SignedIn, what: str) -> bool:
    """Whether this person's posts let them do this with any case here."""
    if what in ("sign", "state"):
        return actor.scope.person is not None
    asked = {permission for (_sort, kind), permission in wording.PERMISSION.items() if kind in SAID[what]}
    return any(actor.may(one) for one in (*asked, STAND_IN))


def _may_say(speaker: Voice, kind: str) -> ColumnElement[bool]:
    """Cases about which the asker may say it by post. One verifies for fault tolerance, another decides."""
    desk, actor = speaker.desk, speaker.actor
    cases, found = desk.cases, []
    handed_up = cases.referred_to != "" if kind in SECOND else cases.referred_whole
    if actor.may(STAND_IN) and speaker.offices.name:
        found.append(and_(speaker.handed_up(), handed_up))
    for sort in wording.SORTS:
        of_sort = and_(cases.sort == sort, cases.tier == desk.tier, speaker.own(), ~handed_up)
        permission = wording.PERMISSION.get((sort, kind))
        if permission is not None and actor.may(permission):
            judged = (sort, kind) == ("tolerance", "decided")
            found.append(and_(of_sort, _verified(cases)) if judged else of_sort)
    if kind == "decided" and actor.may(wording.PERMISSION["tolerance", "verified"]):
        own = and_(cases.tier == desk.tier, speaker.own())
        found.append(and_(cases.sort == "tolerance", own, ~_verified(cases)))
    return or_(*found) if found else false()


def _verified(cases: Any) -> ColumnElement[bool]:
    """The first word about an application that is still open can only be that it was verified."""
    verified: ColumnElement[bool] = cases.version > 0
    return verified


def _is_over(session: Session, desk: Desk, now: datetime) -> ColumnElement[bool]:
    """In force, and the days after which it is looked at again are over; nobody has yet."""
    cases, words, today = desk.cases, desk.words, civil(now).date()
    confirmed = select(func.max(words.at)).where(words.case_id == cases.id, words.kind == "confirmed")
    begun = confirmed.correlate(cases).scalar_subquery()
    looked = select(words.id).where(words.case_id == cases.id, words.kind == "followed_up")
    # Of a run there is one a branch and year, of cases there are many; who only stands in has no runs.
    used = select(desk.runs.rulebook) if desk.runs else select(cases.rulebook).where(cases.referred_to != "")
    periods = [
        and_(
            cases.rulebook == digest,
            cases.code == rule.code,
            begun < _morning(today - timedelta(days=rule.follow_up.days - 1)),
        )
        for digest in session.scalars(used.distinct()).all()
        for rule in desk.rulebook(session, digest).rules
        if rule.follow_up is not None
    ]
    return and_(cases.state == "in_force", ~looked.correlate(cases).exists(), or_(false(), *periods))


def _morning(day: date) -> datetime:
    return datetime.combine(day, time.min, CIVIL_TIME)


def _decided_by(desk: Desk, actor: SignedIn) -> ColumnElement[bool]:
    """Cases that the asker decided last; by name where no account is known."""
    words = desk.words
    same = done_by(actor, words.by_id, words.by)
    query = select(same).where(words.case_id == desk.cases.id, words.kind == "decided")
    last = query.order_by(words.at.desc(), words.id.desc()).limit(1).correlate(desk.cases).scalar_subquery()
    return func.coalesce(last, false())


def _to_state(desk: Desk, actor: SignedIn) -> ColumnElement[bool]:
    """Proposed about the asker, who is to be heard and has not written himself."""
    if actor.scope.person is None:
        return false()
    cases, words = desk.cases, desk.words
    said = select(words.id).where(words.case_id == cases.id).correlate(cases)
    told, stated = said.where(words.kind.in_(TOLD)).exists(), said.where(words.kind == "stated").exists()
    return and_(cases.state == "open", cases.member_id == actor.person_id, told, ~stated)


def _to_sign(desk: Desk, actor: SignedIn) -> ColumnElement[bool]:
    """In force and about the asker, who has not yet said that he has seen it."""
    if actor.scope.person is None:
        return false()
    cases, words = desk.cases, desk.words
    signed = select(words.id).where(words.case_id == cases.id, words.kind == "acknowledged")
    about: ColumnElement[bool] = cases.member_id == actor.person_id
    return and_(cases.state == "in_force", about, ~signed.correlate(cases).exists())
