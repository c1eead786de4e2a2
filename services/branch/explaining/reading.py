"""The branch's rows of a member's year: claims in people's words, statements, the grading, bases, cases."""

from uuid import UUID

from sqlalchemy.orm import Session

from services.branch.explaining.grades import base_held, grade_elsewhere, grading_held
from services.branch.explaining.points import points_held
from services.branch.outcomes.corrected import corrected
from services.branch.outcomes.desk import DESK
from services.branch.roster.models import Member
from services.branch.transfers.brought import brought_here
from services.branch.transfers.reading import arrivals
from shared.contracts.transfers import months_since
from shared.explaining.asking import Named, memberships, units_of
from shared.explaining.building import explanation
from shared.explaining.document import Explanation
from shared.explaining.gathering import NoYear, cases_held
from shared.explaining.held import Held
from shared.explaining.words import Words, both
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent
from shared.outcomes import wording
from shared.sync.years import year_of

# Who holds the appraisal sees everybody's; a member sees his own.
PERMISSION = "appraisal.hold"
OWN = "own.see"


def _own(who: SignedIn | None, member: UUID) -> bool:
    return who is not None and who.may(OWN) and who.person_id == member


def explained(session: Session, named: Named, year: int, who: SignedIn | None) -> Explanation:
    """One member's year in the session's scope; `who` None: the operator. Raises NoYear, Absent."""
    try:
        here = year_of(session, year)
    except Absent:
        raise NoYear from None
    cards = memberships(session, Member, "id", named)
    row: Member = cards[-1][1]
    units, member = units_of(cards), UUID(str(row.id))
    personal = who is not None and not who.may(PERMISSION)
    if personal and not _own(who, member):
        raise Absent
    cases = cases_held(session, DESK, member, year, who)
    grading = grading_held(session, here, member, units, personal=personal)
    return explanation(
        Held(
            tier="branch",
            member_id=member,
            year=year,
            name=row.name,
            note=here.opened.synthetic_note,
            closed=here.closed is not None,
            memberships=[one for one, _row in cards],
            points=points_held(session, here, row, units),
            grading=grading,
            before=(),
            base=base_held(session, row, units, year),
            next_base=base_held(session, row, units, year + 1),
            cases=cases.told,
            books=cases.books,
            runs=cases.runs,
            corrected=cases.corrected or corrected(session, [member], year).get((member, year)),
            elsewhere=None if grading else grade_elsewhere(session, here, row),
            cases_elsewhere=_cases_elsewhere(session, row, year, who),
            counts_since=months_since(row.joined_on, row.since, arrivals(session, row.unit_id).get(member)),
        )
    )


def _cases_elsewhere(session: Session, member: Member, year: int, who: SignedIn | None) -> list[Words]:
    """What came along, by name; who may not look at outcomes is told of none."""
    if who is not None and not who.may("outcome.see"):
        return []
    return [
        both(
            "%(name)s（%(state)s）：在%(branch)s办理，随组织关系转来，经过见“结果运用”",
            name=Words(*one.case.name),
            state=both(wording.state_message(one.case.sort, one.case.state)),
            branch=one.branch,
        )
        for one in brought_here(session, member.unit_id, year)
        if one.member.id == member.id
    ]
