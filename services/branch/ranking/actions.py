"""A ranking put up for publicity, objected to, answered, closed."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.ranking.models import PERIODS, Ranking, RankingLine, RankingObjection, RankingShown
from services.branch.ranking.placing import Placed, missing_month, placed, upper_half
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import take_turn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.rulebooks import holidays
from shared.rules.calendar import add_working_days, parse_calendar
from shared.sync.years import MemberYear

WORDS_LENGTH = 400


def start(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, period: str, now: datetime
) -> Ranking:
    """Put a period up for the rulebook's days. Raises Refused: not allowed, months open, or one is up."""
    if period not in PERIODS:
        raise Absent
    if not year.opened.ranked:
        raise Refused(N_("县里这一年没有准许支部内排名。"))
    take_turn(session, f"ranking/{unit.id}")
    missing = missing_month(session, unit.id, year.year, period)
    if missing is not None:
        raise Refused(N_("%(month)s 月还没有结账，结完再公示。"), month=missing)
    if (up := newest(session, unit.id, year.year, period)) and up.closed_at is None:
        raise Refused(N_("这一期正在公示。"))
    calendar, today = parse_calendar(holidays()), civil(now).date()
    until = add_working_days(today, year.appraisal.publicity_days, calendar)
    lines = placed(session, unit.id, year.year, period)
    made = Ranking(
        id=new_id(),
        unit_id=unit.id,
        year=year.year,
        period=period,
        ranked=sum(one.place is not None for one in lines),
        until=until,
        certain=calendar.is_certain(until),
        started_by=actor.name,
        started_at=now,
    )
    session.add(made)
    session.flush()
    session.add_all([_line(made, one) for one in lines])
    session.add_all([_shown(made, row, one) for row, one in enumerate(upper_half(lines), start=1)])
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "ranking.start", str(made.id), period=period)
    return made


def _line(made: Ranking, one: Placed) -> RankingLine:
    return RankingLine(
        ranking_id=made.id,
        member_id=one.member.id,
        unit_id=made.unit_id,
        name=one.member.name,
        number=one.member.number,
        total=one.total,
        place=one.place,
    )


def _shown(made: Ranking, row: int, one: Placed) -> RankingShown:
    assert one.place is not None
    return RankingShown(
        ranking_id=made.id,
        row=row,
        unit_id=made.unit_id,
        name=one.member.name,
        total=one.total,
        place=one.place,
    )


def newest(session: Session, unit_id: UUID, year: int, period: str) -> Ranking | None:
    """The last publicity of this period, or None."""
    query = select(Ranking).where(Ranking.unit_id == unit_id, Ranking.year == year, Ranking.period == period)
    return session.scalars(query.order_by(Ranking.started_at.desc()).limit(1)).one_or_none()


def ranking_of(session: Session, unit_id: UUID, ranking_id: UUID) -> Ranking:
    """One publicity of this branch; raises Absent."""
    found = session.get(Ranking, ranking_id, with_for_update=True)
    if found is None or found.unit_id != unit_id:
        raise Absent
    return found


def object_to(
    session: Session, actor: SignedIn, unit: Unit, ranking_id: UUID, words: str, now: datetime
) -> RankingObjection:
    """A member objects while it is up; the same words are one objection.

    Raises Refused after its last day, Absent for who is no member.
    """
    found = ranking_of(session, unit.id, ranking_id)
    if actor.person_id is None:
        raise Absent
    if found.closed_at is not None or civil(now).date() > found.until:
        raise Refused(N_("公示已经期满，不能再提异议。"))
    said = words.strip()[:WORDS_LENGTH]
    query = select(RankingObjection).where(
        RankingObjection.ranking_id == found.id,
        RankingObjection.member_id == actor.person_id,
        RankingObjection.words == said,
    )
    if known := session.scalars(query).first():
        return known
    made = RankingObjection(
        id=new_id(),
        ranking_id=found.id,
        unit_id=unit.id,
        member_id=actor.person_id,
        raised_by=actor.name,
        words=said,
        at=now,
    )
    session.add(made)
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "ranking.object", str(made.id))
    return made


def answer(
    session: Session, actor: SignedIn, unit: Unit, objection_id: UUID, words: str, now: datetime
) -> RankingObjection:
    """The branch answers; nobody answers their own objection, and an answer stays. Raises Refused, Absent."""
    found = session.get(RankingObjection, objection_id, with_for_update=True)
    if found is None or found.unit_id != unit.id:
        raise Absent
    if found.member_id == actor.person_id:
        raise Refused(N_("自己提的异议请另一位委员答复。"))
    if found.answered_at is not None:
        raise Refused(N_("这件异议已经答复过了。"))
    found.answer, found.answered_by, found.answered_at = words.strip()[:WORDS_LENGTH], actor.name, now
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "ranking.answer", str(found.id))
    return found


def close(session: Session, actor: SignedIn, unit: Unit, ranking_id: UUID, now: datetime) -> Ranking:
    """Close it when its days are over and every objection is answered. Raises Refused."""
    found = ranking_of(session, unit.id, ranking_id)
    if found.closed_at is not None:
        raise Refused(N_("这一期公示已经结束。"))
    if reason := obstacle(session, found, civil(now).date()):
        raise reason
    found.closed_by, found.closed_at = actor.name, now
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "ranking.close", str(found.id))
    return found


def obstacle(session: Session, found: Ranking, today: date) -> Refused | None:
    """Why it cannot be closed yet, or None."""
    if today <= found.until:
        return Refused(N_("公示到 %(day)s 期满，之后才能结束。"), day=found.until)
    left = sum(one.answered_at is None for one in objections(session, found.id))
    return Refused(N_("还有 %(count)s 件异议没有答复。"), count=left) if left else None


def objections(session: Session, ranking_id: UUID) -> Sequence[RankingObjection]:
    """Objections the asker may see, oldest first."""
    query = select(RankingObjection).where(RankingObjection.ranking_id == ranking_id)
    return session.scalars(query.order_by(RankingObjection.at)).all()
