"""What follows from an appeal that was upheld: every consequence undone by counter-entry, in all tiers."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.grades.reading import grades_of
from services.county.outcomes.correcting import worse_or_over
from services.county.outcomes.desk import READING
from services.county.outcomes.desk import desk as county_desk
from services.county.outcomes.models import OutcomeRun
from services.county.outcomes.pool import all_corrections
from services.county.outcomes.proposing import propose_outcomes
from services.county.outcomes.telling import tell_corrected
from services.county.years.bases import correct_bases
from services.county.years.models import MemberYear
from shared.kit.accounts import SignedIn
from shared.outcomes.desk import Desk
from shared.outcomes.reading import Told, cases_of
from shared.outcomes.saying import Lines, Said
from shared.rules.outcomes import Consequence, Rule, Subject, undo
from shared.rules.outcomes.subject import reasons
from shared.sync.signer import Signer

STANDING = ("open", "decided", "in_force")


def desk(sign: Signer) -> Desk:
    """The county's desk with all that follows from an upheld appeal."""
    made: list[Desk] = []

    def after(session: Session, appeal: Told, actor: SignedIn, now: datetime) -> None:
        follow(session, made[0], sign, appeal, actor, now)

    made.append(county_desk(sign, after, worse_or_over))
    return made[0]


def follow(session: Session, desk: Desk, sign: Signer, appeal: Told, actor: SignedIn, now: datetime) -> None:
    """Undo what the appeal took the ground from, put later bases right, propose what the grade now brings."""
    cases = [one for one in cases_of(session, READING, appeal.case.member_id) if one.case.sort == "outcome"]
    alive = [one for one in cases if one.stands.state in STANDING]
    if appeal.case.against is not None:
        roots = {str(appeal.case.against)}
    else:
        roots = {str(one.case.id) for one in alive if not _still_holds(session, one)}
        correct_bases(session, [appeal.case.member_id], now)
        tell_corrected(session, sign, appeal.case, now)
    lines = Lines(desk, actor, now)
    by_id = {str(one.case.id): one.case for one in alive}
    for entry_of in _chain(session, alive, roots):
        text = "申诉成立，予以撤销"
        lines.add(by_id[entry_of], Said("undone", text=text, data={"appeal": str(appeal.case.id)}))
    lines.write(session)
    if appeal.case.against is None:
        _propose_anew(session, desk, appeal.case, actor, now)


def _propose_anew(session: Session, desk: Desk, case: Any, actor: SignedIn, now: datetime) -> None:
    """What the rules propose now for the branch of the grade, and of later years; where they had before."""
    units = {one.year: one.unit_id for one in grades_of(session, case.member_id) if one.year >= case.year}
    for of, unit_id in sorted(units.items()):
        drawn = select(OutcomeRun.id).where(OutcomeRun.unit_id == unit_id, OutcomeRun.year == of)
        if session.scalars(drawn.limit(1)).first() is not None:
            propose_outcomes(session, desk, actor, session.get_one(MemberYear, of), [unit_id], now)


def _chain(session: Session, alive: Iterable[Told], roots: set[str]) -> list[str]:
    """Ids of cases to be undone: the roots, and what followed from a help period among them."""
    alive = list(alive)
    helps = {one.case.year: str(one.case.id) for one in alive if one.case.code == "help_period"}
    chain = []
    for one in alive:
        rule = _rule(session, one)
        from_help = rule.when.help in ("over", "failed") and one.case.year in helps
        causes = (helps[one.case.year],) if from_help else ()
        chain.append(
            Consequence(str(one.case.id), rule.kind, one.case.tier, rule.name, rule.name_en, 0, causes)
        )
    found: dict[str, None] = {}
    for root in sorted(roots & {one.id for one in chain}):
        found |= dict.fromkeys(entry.of for entry in undo(chain, root))
    return list(found)


def _rule(session: Session, one: Told) -> Rule:
    return READING.rulebook(session, one.case.rulebook).by_code[one.case.code]


def _still_holds(session: Session, one: Told) -> bool:
    """Whether the grades, as corrected, still give ground for it; roles and places are not asked."""
    rulebook = READING.rulebook(session, one.case.rulebook)
    when = rulebook.by_code[one.case.code].when
    asked = replace(when, flags=(), without=(), field_in=(), lowest=None, best_of_grade=None, help="")
    grades = _grades(session, one.case.member_id)
    year = one.case.year
    subject = Subject(
        str(one.case.member_id),
        "",
        year,
        *grades.get(year, (None, 0)),
        history={of: grade for of, (grade, _total) in grades.items() if of < year and grade},
    )
    return reasons(rulebook, asked, subject, one.case.opened_at.date()) is not None


def _grades(session: Session, member_id: UUID) -> dict[int, tuple[str | None, int]]:
    """The member's grade and total by year, as appeals left them."""
    found = {row.year: (row.grade, row.total) for row in grades_of(session, member_id)}
    for (member, year), put_right in all_corrections(session).items():
        if member == member_id:
            found[year] = (put_right.grade, found.get(year, (None, 0))[1] + put_right.points)
    return found
