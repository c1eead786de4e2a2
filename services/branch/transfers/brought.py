"""Cases that came along with those who moved here: kept as they are told, read as any other case is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.branch.outcomes.models import OutcomeCase
from services.branch.roster.models import Member
from services.branch.transfers.models import BroughtCase
from shared.contracts.documents import UnitsChanged
from shared.contracts.outcomes import CaseLine
from shared.contracts.transfers import CarriedCase, CarriedWord, MemberFollowed
from shared.kit.clock import civil
from shared.kit.db import among
from shared.outcomes.keeping import told_of
from shared.outcomes.reading import Told
from shared.rules.outcomes import Standing, Word
from shared.sync.publications import documents


@dataclass(frozen=True)
class Here:
    """A case that came along, with its member; `branch` settles it, by the name it has now."""

    case: BroughtCase
    member: Member
    branch: str


def keep_case(session: Session, unit_id: UUID, body: MemberFollowed, one: CarriedCase) -> bool:
    """Keep it, unless this telling or a newer one is here; whether it was kept."""
    row: dict[str, Any] = {
        **told_of(one.case),
        "unit_id": unit_id,
        "member_id": body.member_id,
        "branch_code": one.branch_code,
        "branch_name": one.branch_name,
        "name": one.name,
        "clause": one.clause,
        "state": one.state,
        "version": one.version,
        "until": date.fromisoformat(one.until) if one.until else None,
        "appeal_by": date.fromisoformat(one.appeal_by) if one.appeal_by else None,
        "words": msgspec.to_builtins(one.words),
        "at": datetime.fromisoformat(one.at),
    }
    put = insert(BroughtCase).values(row)
    keys = ["unit_id", "id"]
    known, new = tuple_(BroughtCase.at, BroughtCase.version), tuple_(put.excluded.at, put.excluded.version)
    told = put.on_conflict_do_update(
        index_elements=keys,
        set_={name: put.excluded[name] for name in row if name not in keys},
        where=(known < new) & (BroughtCase.member_id == put.excluded.member_id),
    )
    return session.execute(told.returning(BroughtCase.id)).first() is not None


def carried_on(session: Session, unit_id: UUID, member_id: UUID) -> list[CarriedCase]:
    """What came here about somebody, as it goes on with him."""
    query = select(BroughtCase).where(BroughtCase.unit_id == unit_id, BroughtCase.member_id == member_id)
    return [_again(one) for one in session.scalars(query.order_by(BroughtCase.opened_at, BroughtCase.id))]


def _again(one: BroughtCase) -> CarriedCase:
    line = CaseLine(
        one.id, one.member_id, one.year, one.sort, one.tier, one.code, one.against, one.rulebook,
        one.reasons, one.text, one.codes, one.opened_by, one.opened_at.isoformat(),
    )  # fmt: skip
    return CarriedCase(
        case=line,
        branch_code=one.branch_code,
        branch_name=one.branch_name,
        name=one.name,
        clause=one.clause,
        state=one.state,
        version=one.version,
        at=one.at.isoformat(),
        until=one.until.isoformat() if one.until else "",
        appeal_by=one.appeal_by.isoformat() if one.appeal_by else "",
        words=words_of(one),
    )


def words_of(one: BroughtCase) -> list[CarriedWord]:
    """What was said about it, oldest first, as far as it came along."""
    return msgspec.convert(one.words, list[CarriedWord])


def brought_here(
    session: Session, unit_id: UUID, year: int | None = None, beside: UUID | None = None
) -> list[Here]:
    """Cases of those who are here now, by branch that settles them, then by member.

    `beside`: of this member instead, gone or not: they count where the branch settles a case of his itself.
    """
    whose = Member.until.is_(None) if beside is None else Member.id == beside
    query = (
        select(BroughtCase, Member)
        .join(Member, (Member.unit_id == BroughtCase.unit_id) & (Member.id == BroughtCase.member_id))
        .where(BroughtCase.unit_id == unit_id, whose)
        .order_by(BroughtCase.branch_code, Member.number, BroughtCase.opened_at, BroughtCase.id)
    )
    rows = session.execute(query).all()
    names = _names(session, [row[0] for row in rows])
    return [Here(case, member, names[case.branch_code]) for case, member in rows if year in (None, case.year)]


def _names(session: Session, cases: Sequence[BroughtCase]) -> dict[str, str]:
    """By code, what branches are called: as they told last, or as the county has announced since."""
    told = {one.branch_code: one.branch_name for one in sorted(cases, key=lambda one: (one.at, one.version))}
    if not told:
        return told
    changes = documents(session, UnitsChanged)
    return told | {row.code: row.name for one in changes for row in one.rows if row.code in told}


def brought_told(session: Session, members: Collection[UUID]) -> Sequence[Told]:
    """Cases that came along, as the rules ask about cases; each once, and none that is also seen itself."""
    own = exists().where(OutcomeCase.id == BroughtCase.id)
    query = select(BroughtCase).where(among(BroughtCase.member_id, members), ~own)
    found = {one.id: one for one in session.scalars(query.order_by(BroughtCase.at, BroughtCase.version))}
    return [as_told(one) for one in found.values()]


def as_told(one: BroughtCase) -> Told:
    """It with where it stands; of its words the last of each kind."""
    said = {
        word.kind: Word(
            word.kind,
            "",
            civil(datetime.fromisoformat(word.at)).date(),
            word.verdict,
            word.text,
            word.data,
            word.by,
        )
        for word in words_of(one)
    }
    return Told(one, (), Standing(one.state, said.get("decided"), said))
