"""Opening cases: what the rules propose for a branch's members, and what members ask for themselves."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from shared.contracts.outcomes import CaseLine, CasesTold
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import insert_rows
from shared.kit.errors import Absent
from shared.kit.ids import new_id
from shared.outcomes.desk import GRADE, TOLERANCE, CaseRefused, Desk, calendar
from shared.outcomes.keeping import case_row
from shared.outcomes.reading import Told
from shared.outcomes.saying import ByRule
from shared.rules.outcomes import (
    RULE_VERSION,
    HelpPeriod,
    Proposal,
    Rulebook,
    Subject,
    deadlines,
    proposals_digest,
    propose_for,
    subject_document,
)
from shared.rules.words import Refusal

# Told in one message: a branch of thousands stays far below a payload's limit.
CASES_TOLD = 1000
# What is over does not stand in the way of proposing it again.
OVER = ("undone", "withdrawn")


def draw_up(
    session: Session,
    desk: Desk,
    actor: SignedIn | ByRule,
    unit_id: UUID,
    rulebook: Rulebook,
    year: int,
    subjects: Sequence[Subject],
    now: datetime,
) -> list[CaseLine]:
    """Propose this tier's outcomes for a branch's members; the run is kept with what went in."""
    on = civil(now).date()
    proposals = propose_for(rulebook, desk.tier, subjects, on)
    run = desk.runs(
        id=new_id(),
        unit_id=unit_id,
        year=year,
        rulebook=rulebook.hash,
        rule_version=RULE_VERSION,
        drawn_on=on.isoformat(),
        given=[subject_document(one) for one in subjects],
        proposed=len(proposals),
        digest=proposals_digest(proposals),
        by=actor.name,
        at=now,
    )
    session.add(run)
    session.flush()
    lines = [_proposed(desk, one, rulebook, year, actor, now) for one in proposals]
    _open(session, desk, unit_id, lines, run.id, now)
    audit.record(
        session, now, actor.account_id, unit_id, "outcome.draw_up", str(run.id), proposed=len(proposals)
    )
    return lines


def _proposed(
    desk: Desk, proposal: Proposal, rulebook: Rulebook, year: int, actor: SignedIn | ByRule, now: datetime
) -> CaseLine:
    return CaseLine(
        case_id=new_id(),
        member_id=UUID(proposal.member),
        year=year,
        sort="outcome",
        tier=desk.tier,
        code=proposal.code,
        against=None,
        rulebook=rulebook.hash,
        reasons=[[line.text, line.text_en] for line in proposal.reasons],
        text="",
        codes=[],
        opened_by=actor.name,
        opened_at=now.isoformat(),
    )


def _open(
    session: Session, desk: Desk, unit_id: UUID, lines: Sequence[CaseLine], run_id: UUID | None, now: datetime
) -> None:
    if not lines:
        return
    rows = [case_row(unit_id, line) | {"run_id": run_id} for line in lines]
    insert_rows(session, desk.cases, rows)
    for first in range(0, len(lines), CASES_TOLD):
        told = CasesTold(unit_id, desk.tier, list(lines[first : first + CASES_TOLD]), [])
        desk.tell(session, unit_id, told, now)


def ask(
    session: Session,
    desk: Desk,
    actor: SignedIn,
    unit_id: UUID,
    member_id: UUID,
    case_id: UUID,
    rulebook: Rulebook,
    year: int,
    sort: str,
    text: str,
    now: datetime,
    *,
    codes: Sequence[str] = (),
    against: Told | None = None,
) -> None:
    """A member applies for fault tolerance or appeals; the same id twice is one.

    Raises CaseRefused; Absent where the id is another case's.
    """
    known = session.get(desk.cases, case_id)
    if known is not None:
        if (known.member_id, known.sort) != (member_id, sort):
            raise Absent
        return
    if refusal := _may_ask(session, desk, rulebook, member_id, year, sort, text, codes, against, now):
        raise CaseRefused(refusal)
    line = CaseLine(
        case_id=case_id,
        member_id=member_id,
        year=year,
        sort=sort,
        tier="county",
        code=TOLERANCE if sort == "tolerance" else against.case.code if against else GRADE,
        against=against.case.id if against else None,
        rulebook=rulebook.hash,
        reasons=[],
        text=text.strip(),
        codes=sorted(codes),
        opened_by=actor.name,
        opened_at=now.isoformat(),
    )
    _open(session, desk, unit_id, [line], None, now)
    audit.record(session, now, actor.account_id, unit_id, f"outcome.ask_{sort}", str(case_id))


def _may_ask(
    session: Session,
    desk: Desk,
    rulebook: Rulebook,
    member_id: UUID,
    year: int,
    sort: str,
    text: str,
    codes: Sequence[str],
    against: Told | None,
    now: datetime,
) -> Refusal | None:
    if not text.strip():
        return Refusal("text", "请写明事实和理由", "say what happened and why")
    # What was asked for at the branch the member came from counts as asked for here.
    came = [one.case for one in desk.brought(session, [member_id]) if one.case.year == year]
    asked = (sort, against.case.id if against else None)
    elsewhere = [one for one in came if (one.sort, one.against) == asked and one.state in ("open", "decided")]
    query = _asked(desk, member_id, year, *asked, "open", "decided")
    if elsewhere or session.scalars(query).first() is not None:
        return Refusal("waiting", "已经提出过，正在办理", "it has been asked for and waits")
    final = ("in_force", "dropped")
    if sort == "appeal" and (
        any((one.sort, one.against) == asked and one.state in final for one in came)
        or session.scalars(_asked(desk, member_id, year, *asked, *final)).first() is not None
    ):
        return Refusal(
            "final",
            "同一件事的申诉已经由两人审定，是最后结论，不能再申诉",
            "the appeal about this has been decided and confirmed: that is final",
        )
    if sort == "tolerance":
        barred = [one for one in codes if one not in rulebook.by_code or not rulebook.by_code[one].shieldable]
        if not codes or barred:
            return Refusal("codes", "请选申请容错的事项", "choose what is to be shielded")
        return _asked_before(session, desk, member_id, year, codes)
    return _may_appeal(rulebook, against, civil(now).date()) if against else None


def _asked(
    desk: Desk, member_id: UUID, year: int, sort: str, against: UUID | None, *states: str
) -> Select[tuple[UUID]]:
    """One case in these states by which the member asked for the same."""
    return (
        select(desk.cases.id)
        .where(
            desk.cases.member_id == member_id,
            desk.cases.year == year,
            desk.cases.sort == sort,
            desk.cases.state.in_(states),
            desk.cases.against == against,
        )
        .limit(1)
    )


def _asked_before(
    session: Session, desk: Desk, member_id: UUID, year: int, codes: Sequence[str]
) -> Refusal | None:
    """It is decided once a year for each outcome: an application holds that back while it waits."""
    query = select(desk.cases.codes).where(
        desk.cases.member_id == member_id,
        desk.cases.year == year,
        desk.cases.sort == "tolerance",
        desk.cases.state.in_(("in_force", "dropped")),
    )
    came = [
        one.case.codes
        for one in desk.brought(session, [member_id])
        if (one.case.year, one.case.sort) == (year, "tolerance") and one.case.state in ("in_force", "dropped")
    ]
    if any(set(codes) & set(before) for before in (*session.scalars(query), *came)):
        return Refusal("decided", "这些事项的容错申请本年度已经办理过", "it has been decided this year")
    return None


def _may_appeal(rulebook: Rulebook, against: Told, today: date) -> Refusal | None:
    begun = against.stands.in_force_on
    if against.stands.state != "in_force" or begun is None:
        return Refusal("state", "这一项没有生效，不用申诉", "it is not in force")
    last = deadlines(rulebook, against.case.code, calendar(), begun).appeal_by
    if last is None:
        return Refusal("no_clock", "这一项不设申诉", "this outcome knows no appeal")
    if today > last:
        return Refusal("late", f"申诉期限到 {last.isoformat()} 为止", f"the last day was {last.isoformat()}")
    return None


def open_codes(
    session: Session, desk: Desk, members: Sequence[UUID], year: int
) -> dict[UUID, frozenset[str]]:
    """Outcomes of the year that each member has a case of already, decided or not, here or brought along.

    What an appeal took away for itself counts too: the rules do not propose it again.
    """
    appealed = aliased(desk.cases)
    taken_away = select(appealed.against).where(
        appealed.sort == "appeal", appealed.state == "in_force", appealed.against.is_not(None)
    )
    query = select(desk.cases.member_id, desk.cases.code).where(
        desk.cases.member_id.in_(members),
        desk.cases.year == year,
        desk.cases.sort == "outcome",
        desk.cases.state.not_in(OVER) | desk.cases.id.in_(taken_away),
    )
    found: dict[UUID, set[str]] = {}
    for row in session.execute(query):
        found.setdefault(row.member_id, set()).add(row.code)
    for one in desk.brought(session, members):
        case = one.case
        if (case.year, case.sort) == (year, "outcome") and case.state not in OVER:
            found.setdefault(case.member_id, set()).add(case.code)
    return {member: frozenset(codes) for member, codes in found.items()}


def help_periods(rulebook: Rulebook, cases: Sequence[Told]) -> dict[UUID, tuple[HelpPeriod, ...]]:
    """Help periods (帮扶教育期) that are or were in force, by member."""
    found: dict[UUID, tuple[HelpPeriod, ...]] = {}
    for one in cases:
        begun = one.stands.in_force_on
        if one.stands.state != "in_force" or begun is None:
            continue
        last = deadlines(rulebook, one.case.code, calendar(), begun).follow_up_on or begun
        result = one.stands.said.get("followed_up")
        period = HelpPeriod(one.case.year, begun, last, result.verdict if result else None)
        found[one.case.member_id] = (*found.get(one.case.member_id, ()), period)
    return found


def flags_of(roles: Sequence[str], marked: Iterable[str] = ()) -> frozenset[str]:
    """What the rules ask about a member: roles on the card, and what the county has recorded."""
    known = {one for one in roles if one in ("leading", "in_post", "reserve")} | set(marked)
    return frozenset(known if known & {"leading", "in_post"} else known | {"no_post"})
