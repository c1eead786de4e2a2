"""A pool's classing with the words about it: proposed, confirmed, accepted, returned, approved."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, defer

from shared.contracts.classing import ClassingFiled, ClassingVerdict
from shared.kit.accounts import SignedIn
from shared.kit.db import among
from shared.kit.ids import new_id
from shared.organisations.ledger import Tables
from shared.sync.records import Received

# States in which nothing of a classing counts any more: another is made.
OVER = ("dropped", "returned")
decode = msgspec.json.Decoder(ClassingFiled).decode
encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Room:
    """Where the tier that classes units keeps entries with their words, words of the year, classings."""

    entries: Tables
    said: Any
    classing: Any
    word: Any


@dataclass(frozen=True)
class Standing:
    """A classing and its words in order; `version` is how many there are, as a page shows it."""

    row: Any
    words: Sequence[Any]

    @property
    def state(self) -> str:
        """'proposed', or the newest word."""
        return str(self.words[-1].kind) if self.words else "proposed"

    @property
    def version(self) -> int:
        """How many words there are."""
        return len(self.words)

    @property
    def under_way(self) -> bool:
        """Whether it counts: neither dropped nor returned."""
        return self.state not in OVER

    @cached_property
    def filed(self) -> ClassingFiled:
        """What was proposed, with the name of who confirmed it here."""
        filed, confirmed = decode(self.row.body), self.word("confirmed")
        if confirmed is None:
            return filed
        return msgspec.structs.replace(
            filed,
            publicity_until=confirmed.text,
            confirmed_by=confirmed.by,
            confirmed_at=confirmed.at.isoformat(),
        )

    def word(self, kind: str) -> Any | None:
        """The newest word of a kind."""
        return next((one for one in reversed(self.words) if one.kind == kind), None)


def classings(
    session: Session, room: Room, year: int, pools: Iterable[UUID] | None = None
) -> dict[UUID, list[Standing]]:
    """Every classing of a year by pool, oldest first (pools None: all in scope)."""
    table, word = room.classing, room.word
    # The body is read where somebody looks into it: headers count states alone.
    query = select(table).options(defer(table.body)).where(table.year == year).order_by(table.at, table.id)
    if pools is not None:
        query = query.where(among(table.unit_id, list(pools)))
    rows = session.scalars(query).all()
    spoken: dict[UUID, list[Any]] = defaultdict(list)
    words = select(word).where(among(word.classing_id, [one.id for one in rows]))
    for one in session.scalars(words.order_by(word.at, word.id)):
        spoken[one.classing_id].append(one)
    found: dict[UUID, list[Standing]] = defaultdict(list)
    for row in rows:
        found[row.unit_id].append(Standing(row, spoken[row.id]))
    return found


def newest(session: Session, room: Room, year: int, pool: UUID) -> Standing | None:
    """The pool's last classing of a year."""
    found = classings(session, room, year, [pool]).get(pool)
    return found[-1] if found else None


def add_classing(session: Session, room: Room, actor: SignedIn, filed: ClassingFiled, now: datetime) -> None:
    """Keep a proposal."""
    made = room.classing(**_row(filed, encode(filed)), by=actor.name, by_id=actor.account_id, at=now)
    session.add(made)
    session.flush()


def add_classing_word(
    session: Session, room: Room, actor: SignedIn, one: Standing, kind: str, text: str, now: datetime
) -> ClassingVerdict:
    """Say a word on a classing; the message to send, where it is sent, is handed back."""
    made = room.word(
        id=new_id(),
        classing_id=one.row.id,
        unit_id=one.row.unit_id,
        kind=kind,
        text=text,
        by=actor.name,
        by_id=actor.account_id,
        at=now,
    )
    session.add(made)
    session.flush()
    return ClassingVerdict(
        made.id, one.row.id, one.row.unit_id, one.row.year, kind, text, made.by, now.isoformat()
    )


def keep_filed(session: Session, room: Room, received: Sequence[Received], now: datetime) -> None:
    """Classings as pools below filed them."""
    for item in received:
        body: ClassingFiled = item.body
        row = {
            **_row(body, item.payload),
            "unit_id": item.unit,
            "by": body.confirmed_by,
            "by_id": None,
            "at": datetime.fromisoformat(body.confirmed_at),
        }
        session.execute(insert(room.classing).inline().values(row).on_conflict_do_nothing())


def keep_verdicts(session: Session, room: Room, received: Sequence[Received]) -> None:
    """The county's words on classings."""
    keep_verdict_words(session, room, [(one.unit, one.body) for one in received])


def keep_verdict_words(session: Session, room: Room, words: Sequence[tuple[UUID, ClassingVerdict]]) -> None:
    """Words on classings of these pools; one that is known changes nothing."""
    for pool, body in words:
        row = {
            "id": body.verdict_id,
            "classing_id": body.classing_id,
            "unit_id": pool,
            "kind": body.verdict,
            "text": body.reason,
            "by": body.by,
            "by_id": None,
            "at": datetime.fromisoformat(body.at),
        }
        session.execute(insert(room.word).inline().values(row).on_conflict_do_nothing())


def _row(filed: ClassingFiled, body: bytes) -> dict[str, Any]:
    return {
        "id": filed.classing_id,
        "unit_id": filed.pool_id,
        "year": filed.year,
        "units": len(filed.classes),
        "body": body,
    }
