"""What somebody may say at a tier's desk, about whose cases, and which cases he may look at at all."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent
from shared.outcomes import wording
from shared.outcomes.desk import Desk, Offices
from shared.outcomes.reading import Told, told
from shared.rules.outcomes import Referral, office

# Saying it where a branch has too few people who may.
STAND_IN = "outcome.stand_in"
# What is proposed about somebody is told him when he is heard, or when it is decided and confirmed.
UNTOLD = ("open", "decided")
TOLD = frozenset({"called", "heard"})


@dataclass(frozen=True)
class Voice:
    """One person at one desk. A case is asked for by its row, or in bulk by a condition."""

    desk: Desk
    actor: SignedIn
    offices: Offices

    def whose(self, case: Any, kind: str) -> str:
        """Whose word of this kind about this case is: branch, general, township or county."""
        return office(case.tier, kind, Referral(case.referred_to, case.referred_whole))

    def stands_in(self, case: Any, kind: str) -> bool:
        """Whether the asker would say it for a branch that cannot."""
        return bool(self.offices.name) and self.whose(case, kind) == self.offices.name

    def may(self, case: Any, kind: str) -> bool:
        """Whether the asker's posts let him say it about this case."""
        if self.stands_in(case, kind):
            return self.actor.may(STAND_IN) and _among(case.unit_id, self.offices.standing_in)
        permission = wording.PERMISSION.get((case.sort, kind))
        if permission is None or self.whose(case, kind) != self.desk.tier:
            return False
        if kind == "stated" and self.actor.person_id != case.member_id:
            return False
        return self._posted(case.sort, kind) and _among(case.unit_id, self.offices.own)

    def _posted(self, sort: str, kind: str) -> bool:
        asked = (wording.PERMISSION.get((sort, kind)), wording.ALSO.get((sort, kind)))
        return any(one is not None and self.actor.may(one) for one in asked)

    def ever(self, sort: str, kind: str) -> bool:
        """Whether the asker's posts let him say it about any case of this sort."""
        if (sort, kind) not in wording.PERMISSION:
            return False
        return self._posted(sort, kind) or (sort == "outcome" and self.actor.may(STAND_IN))

    def own(self) -> ColumnElement[bool]:
        """Cases of those units for which the asker speaks as one of theirs."""
        return _within(self.desk.cases.unit_id, self.offices.own)

    def handed_up(self) -> ColumnElement[bool]:
        """Cases handed up to the office for which the asker stands in."""
        cases, offices = self.desk.cases, self.offices
        return and_(cases.referred_to == offices.name, _within(cases.unit_id, offices.standing_in))

    def in_office(self) -> ColumnElement[bool]:
        """Cases the asker's posts let him look at; scope is asked besides."""
        if self.offices.reads_all:
            return true()
        return or_(self.own(), self.handed_up()) if self.offices.name else self.own()

    def readable(self) -> ColumnElement[bool]:
        """Those, without what is proposed about the asker and not yet told him."""
        person = self.actor.person_id
        if person is None:
            return self.in_office()
        cases, words = self.desk.cases, self.desk.words
        heard = select(words.id).where(words.case_id == cases.id, words.kind.in_(TOLD))
        shown = or_(
            cases.member_id != person,
            cases.sort != "outcome",
            cases.state.not_in(UNTOLD),
            heard.correlate(cases).exists(),
        )
        return and_(self.in_office(), shown)


def _within(column: Any, units: frozenset[UUID] | None) -> ColumnElement[bool]:
    return true() if units is None else column.in_(units)


def _among(unit: UUID, units: frozenset[UUID] | None) -> bool:
    return units is None or unit in units


def voice(session: Session, desk: Desk, actor: SignedIn) -> Voice:
    """Somebody at a desk."""
    return Voice(desk, actor, desk.offices(session, actor))


def case_for(session: Session, desk: Desk, actor: SignedIn, case_id: UUID) -> Told:
    """One case that the asker may look at; raises Absent."""
    readable = voice(session, desk, actor).readable()
    found = session.scalars(select(desk.cases).where(desk.cases.id == case_id, readable)).one_or_none()
    if found is None:
        raise Absent
    return told(session, desk, [found])[0]


def known_to_member(found: Told) -> bool:
    """Whether the member it is about knows of it: the same as `readable` asks, of one case with its words."""
    proposed = found.case.sort == "outcome" and found.stands.state in UNTOLD
    return not proposed or any(row.kind in TOLD for row in found.words)


def untold(actor: SignedIn, found: Told) -> bool:
    """Whether this is a proposal about the asker which he is not told of yet."""
    case = found.case
    about_him = actor.person_id is not None and case.member_id == actor.person_id
    waits = case.sort == "outcome" and found.stands.state in UNTOLD
    return about_him and waits and not TOLD & found.stands.said.keys()
