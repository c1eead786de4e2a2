"""A unit's year-end as the words about it say; words said here and words that arrive. Insert-only."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.contracts.classing import (
    BODIES,
    FROM_ABOVE,
    FROM_BELOW,
    Body,
    Checked,
    LeftOut,
    Promised,
    RectificationJudged,
    Rectified,
    Reported,
    ReviewAsked,
    Shown,
    UnitSaid,
    Unshown,
)
from shared.kit.accounts import SignedIn
from shared.kit.db import among, insert_rows
from shared.kit.ids import new_id
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable

Kind = TypeVar("Kind", bound=Body)


@dataclass(frozen=True)
class Word:
    """One word, read; `by_id` None where it was said at another tier."""

    id: UUID
    unit_id: UUID
    body: BODIES
    by: str
    by_id: UUID | None
    at: datetime

    def as_(self, kind: type[Kind]) -> Kind:
        """Its body as what it is known to be."""
        assert isinstance(self.body, kind)
        return self.body


@dataclass(frozen=True)
class UnitYear:
    """One unit's words of a year, in order."""

    words: Sequence[Word] = ()

    def newest(self, *kinds: type[Body]) -> Word | None:
        """The last word of these kinds."""
        return next((one for one in reversed(self.words) if isinstance(one.body, kinds)), None)

    @property
    def report(self) -> Word | None:
        """The self-report that counts."""
        return self.newest(Reported)

    @property
    def promises(self) -> Sequence[Word]:
        """What the unit committed to."""
        return [one for one in self.words if isinstance(one.body, Promised)]

    @property
    def check(self) -> Word | None:
        """The finding on that report; None while the newest report has none, or the unit is left out."""
        word, report = self.newest(Checked, LeftOut), self.report
        if word is None or report is None or not isinstance(word.body, Checked):
            return None
        return word if word.body.report_id == report.id else None

    @property
    def left_out(self) -> Word | None:
        """The word that the unit is not classed, where that is the newest."""
        word = self.newest(Checked, LeftOut)
        return word if word and isinstance(word.body, LeftOut) else None

    @property
    def shown(self) -> Word | None:
        """The publicity that holds."""
        word = self.newest(Shown, Unshown)
        return word if word and isinstance(word.body, Shown) else None

    @property
    def reviews(self) -> Sequence[Word]:
        """Requests for review."""
        return [one for one in self.words if isinstance(one.body, ReviewAsked)]

    @property
    def rectification(self) -> str:
        """'' nothing said, 'reported', 'returned' or 'closed'."""
        word = self.newest(Rectified, RectificationJudged)
        if word is None:
            return ""
        if isinstance(word.body, RectificationJudged):
            return "closed" if word.body.closed else "returned"
        return "reported"


def unit_years(
    session: Session, table: Any, year: int, units: Iterable[UUID] | None = None
) -> dict[UUID, UnitYear]:
    """Words of a year by unit (None: all in scope); a unit without any has an empty year."""
    query = select(table).where(table.year == year).order_by(table.at, table.id)
    if units is not None:
        query = query.where(among(table.unit_id, list(units)))
    found: dict[UUID, list[Word]] = defaultdict(list)
    for row in session.scalars(query):
        body = msgspec.convert(row.body, BODIES)
        found[row.unit_id].append(Word(row.id, row.unit_id, body, row.by, row.by_id, row.at))
    made: dict[UUID, UnitYear] = defaultdict(UnitYear)
    return made | {unit: UnitYear(words) for unit, words in found.items()}


def unit_year(session: Session, table: Any, year: int, unit_id: UUID) -> UnitYear:
    """One unit's words of a year."""
    return unit_years(session, table, year, [unit_id]).get(unit_id, UnitYear())


def add_word(
    session: Session, table: Any, actor: SignedIn, unit_id: UUID, year: int, body: BODIES, now: datetime
) -> UnitSaid:
    """Say a word here; the message to send is handed back."""
    return add_words(session, table, actor, [(unit_id, body)], year, now)[0]


def add_words(
    session: Session,
    table: Any,
    actor: SignedIn,
    words: Sequence[tuple[UUID, BODIES]],
    year: int,
    now: datetime,
) -> list[UnitSaid]:
    """Say a word about each of these units; the messages to send are handed back in the same order."""
    made = [UnitSaid(new_id(), unit, year, body, actor.name, now.isoformat()) for unit, body in words]
    insert_rows(session, table, [{**_row(one, one.unit_id), "by_id": actor.account_id} for one in made])
    return made


def keep_said(session: Session, table: Any, received: Sequence[Received], *, above: bool) -> None:
    """Keep words as they arrive from above or from below. Raises Unacceptable for one of the other side."""
    allowed = FROM_ABOVE if above else FROM_BELOW
    for item in received:
        body: UnitSaid = item.body
        if not isinstance(body.body, allowed) or body.unit_id != item.unit:
            raise Unacceptable("this word is not theirs to say")
        keep_words_said(session, table, [body])


def keep_words_said(session: Session, table: Any, words: Sequence[UnitSaid]) -> None:
    """Keep words as they are; one that is known changes nothing."""
    for one in words:
        row = {**_row(one, one.unit_id), "by_id": None}
        session.execute(insert(table).inline().values(row).on_conflict_do_nothing())


def _row(said: UnitSaid, unit_id: UUID) -> dict[str, Any]:
    return {
        "id": said.word_id,
        "unit_id": unit_id,
        "year": said.year,
        "above": isinstance(said.body, FROM_ABOVE),
        "kind": str(said.body.__struct_config__.tag),
        "body": msgspec.to_builtins(said.body),
        "by": said.by,
        "at": datetime.fromisoformat(said.at),
    }
