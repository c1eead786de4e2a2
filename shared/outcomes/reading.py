"""Cases with their words, read together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import among
from shared.kit.errors import Absent
from shared.kit.persons import same_person
from shared.outcomes.desk import Desk
from shared.rules.outcomes import Standing, Word, standing


@dataclass(frozen=True)
class Told:
    """A case, its words oldest first, and where they leave it."""

    case: Any
    words: Sequence[Any]
    stands: Standing


def as_word(row: Any) -> Word:
    """A stored word as the rule takes it; who said it elsewhere is nobody here."""
    by = str(row.by_id) if row.by_id else ""
    return Word(row.kind, by, civil(row.at).date(), row.verdict, row.text, row.data, row.by)


def also(session: Session, actor: SignedIn, words: Iterable[Any]) -> frozenset[str]:
    """Under which accounts and names the asker spoke among these words besides the account he uses."""
    own = [row for row in words if same_person(session, actor, row.by_id, row.by)]
    return frozenset(str(row.by_id) if row.by_id else row.by for row in own)


def words_of(session: Session, desk: Desk, case_ids: Iterable[UUID]) -> dict[UUID, list[Any]]:
    """Stored words by case, oldest first."""
    found: dict[UUID, list[Any]] = {one: [] for one in case_ids}
    if not found:
        return found
    query = select(desk.words).where(among(desk.words.case_id, found))
    query = query.order_by(desk.words.at, desk.words.id)
    for row in session.scalars(query):
        found[row.case_id].append(row)
    return found


def told(session: Session, desk: Desk, cases: Sequence[Any]) -> list[Told]:
    """These cases with all that was said."""
    words = words_of(session, desk, [case.id for case in cases])
    return [Told(case, words[case.id], standing(map(as_word, words[case.id]))) for case in cases]


def case_of(session: Session, desk: Desk, case_id: UUID) -> Told:
    """One case in scope, whoever asks; raises Absent."""
    found = session.get(desk.cases, case_id)
    if found is None:
        raise Absent
    return told(session, desk, [found])[0]


def cases_of(session: Session, desk: Desk, member_id: UUID, year: int | None = None) -> list[Told]:
    """Everything about one member in scope, oldest first."""
    query = select(desk.cases).where(desk.cases.member_id == member_id)
    if year is not None:
        query = query.where(desk.cases.year == year)
    order = (desk.cases.opened_at, desk.cases.id)
    return told(session, desk, session.scalars(query.order_by(*order)).all())
