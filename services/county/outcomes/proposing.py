"""Proposing the county's outcomes, branch by branch, and marking what no roster says."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.grades.models import ConfirmedAppraisal
from services.county.outcomes.desk import READING
from services.county.outcomes.models import MARKS, MemberMark, OutcomeCase, OutcomeRun
from services.county.outcomes.pool import Graded, Pool, read_pool, year_book
from services.county.roster.models import KnownMember
from services.county.years.models import MemberYear
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.db import take_turn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.outcomes.barring import shields
from shared.outcomes.desk import Desk
from shared.outcomes.drawing_up import draw_up, flags_of, help_periods, open_codes
from shared.outcomes.reading import told
from shared.rules.outcomes import Rulebook, Subject


def branches_to_draw(session: Session, year: int) -> list[UUID]:
    """Branches with a confirmed appraisal of the year for which nothing is drawn up yet."""
    drawn = select(OutcomeRun.unit_id).where(OutcomeRun.year == year)
    query = (
        select(ConfirmedAppraisal.unit_id)
        .where(ConfirmedAppraisal.year == year, ConfirmedAppraisal.unit_id.not_in(drawn))
        .distinct()
        .order_by(ConfirmedAppraisal.unit_id)
    )
    return list(session.scalars(query))


def propose_outcomes(
    session: Session, desk: Desk, actor: SignedIn, year: MemberYear, units: Iterable[UUID], now: datetime
) -> int:
    """Draw up what the rules propose for these branches and no case is open for; how many proposals."""
    take_turn(session, f"outcomes/{year.year}")
    pool, rulebook = read_pool(session, year.year), year_book(session, year.rulebooks)
    made = 0
    for unit_id in units:
        subjects = subjects_of(session, pool, rulebook, unit_id)
        made += len(draw_up(session, desk, actor, unit_id, rulebook, year.year, subjects, now))
    return made


def subjects_of(session: Session, pool: Pool, rulebook: Rulebook, unit_id: UUID) -> list[Subject]:
    """Everybody graded at one branch, as the rules ask about them."""
    graded = pool.of_branch(unit_id)
    members = [one.member_id for one in graded]
    marks, held = _marks(session, members), shields(session, READING, members)
    known = open_codes(session, READING, members, pool.year)
    query = select(OutcomeCase).where(OutcomeCase.member_id.in_(members), OutcomeCase.code == "help_period")
    helped = help_periods(rulebook, told(session, READING, session.scalars(query).all()))

    def subject(one: Graded) -> Subject:
        member = one.member_id
        return Subject(
            member=str(member),
            name=one.name,
            year=pool.year,
            grade=one.grade,
            total=one.total,
            flags=flags_of(one.roles, marks.get(member, ())),
            field=one.field,
            history=pool.history.get(member, {}),
            place_in_grade=pool.place_in_grade.get(member),
            from_bottom=pool.from_bottom.get(member),
            help=helped.get(member, ()),
            open_cases=known.get(member, frozenset()),
            shields=tuple(held.get(member, ())),
        )

    return [subject(one) for one in graded]


def _marks(session: Session, members: Sequence[UUID]) -> dict[UUID, set[str]]:
    query = select(MemberMark.member_id, MemberMark.mark).where(
        MemberMark.member_id.in_(members), MemberMark.ended_at.is_(None)
    )
    found: dict[UUID, set[str]] = {}
    for row in session.execute(query):
        found.setdefault(row.member_id, set()).add(row.mark)
    return found


def marks_of(session: Session, member_id: UUID) -> Sequence[MemberMark]:
    """Everything ever marked about a member, newest first."""
    query = select(MemberMark).where(MemberMark.member_id == member_id).order_by(MemberMark.at.desc())
    return session.scalars(query).all()


def mark(
    session: Session, actor: SignedIn, member_id: UUID, name: str, reason: str, now: datetime
) -> MemberMark:
    """Mark a member as candidate or for a breach, with the reason. Raises Absent, Refused."""
    if name not in MARKS:
        raise Absent
    if not reason.strip():
        raise Refused(N_("请写明依据。"))
    query = select(KnownMember.unit_id).where(KnownMember.member_id == member_id, KnownMember.until.is_(None))
    unit_id = session.scalars(query.limit(1)).one_or_none()
    if unit_id is None:
        raise Absent
    if any(one.mark == name and one.ended_at is None for one in marks_of(session, member_id)):
        raise Refused(N_("已经登记过了。"))
    made = MemberMark(
        id=new_id(),
        unit_id=unit_id,
        member_id=member_id,
        mark=name,
        reason=reason.strip(),
        by=actor.name,
        at=now,
    )
    session.add(made)
    session.flush()
    audit.record(session, now, actor.account_id, unit_id, "outcome.mark", str(member_id), mark=name)
    return made


def end_mark(session: Session, actor: SignedIn, mark_id: UUID, now: datetime) -> None:
    """The mark no longer holds. Raises Absent, Refused."""
    found = session.get(MemberMark, mark_id, with_for_update=True)
    if found is None:
        raise Absent
    if found.ended_at is not None:
        raise Refused(N_("这项登记已经结束。"))
    found.ended_by, found.ended_at = actor.name, now
    session.flush()
    audit.record(
        session,
        now,
        actor.account_id,
        found.unit_id,
        "outcome.end_mark",
        str(found.member_id),
        mark=found.mark,
    )
