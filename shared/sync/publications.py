"""County documents as this tier received them: verified, kept whole, passed on, read back typed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, String, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.contracts.documents import (
    DOCUMENTS,
    FilingException,
    UnitBase,
    UnitClassed,
    UnitReviewed,
    VillageResult,
    document_kind,
    read_document,
    stamp_of,
    subject_of,
)
from shared.kit.db import Base
from shared.kit.scope import scoped
from shared.kit.units import Unit
from shared.sync.documents import verify_document
from shared.sync.node import known_keys
from shared.sync.records import ABOVE, PARENT, Received
from shared.sync.refusal import Unacceptable
from shared.sync.signed import KeyFinder
from shared.sync.sql_store import SqlLedger

Kind = TypeVar("Kind", bound=DOCUMENTS)


class Publication(Base):
    """One published document under the SHA-256 of its exact bytes; `at`: the county's stamp. Insert-only."""

    __tablename__ = "publication"
    __table_args__ = (
        Index("ix_publication_subject", "kind", "subject"),
        {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT",), above=True)},
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(96))
    unit_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    received_at: Mapped[datetime]


def receive_publications(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Check each document's signature and keep it; a copy that came by another stream changes nothing.

    Raises Unacceptable for a body that is not what its kind says, Untrusted for a signature that fails.
    """
    find = county_keys(SqlLedger(session))
    # Every township hands on its own copy of what concerns all, and the first is kept: it must belong to the
    # county, or only that township's villages could read it.
    county = session.scalar(select(Unit.id).where(Unit.level == "county"))
    rows = [_row(item, find, county, now) for item in received]
    session.execute(insert(Publication).on_conflict_do_nothing(index_elements=["digest"]), rows)


def county_keys(ledger: SqlLedger) -> KeyFinder:
    """Finds keys of the county alone: a township hands its documents on, it makes none."""
    # Once a key however many documents: a county's words come by the hundred.
    known, above = cache(known_keys(ledger)), [*ledger.peers(PARENT), *ledger.peers(ABOVE)]
    county = {peer.node for peer in above if peer.tier == "county"}
    return lambda who, key: known(who, key) if who in county else None


def _row(item: Received, find: KeyFinder, county: UUID | None, now: datetime) -> dict[str, object]:
    document = item.body.document
    verify_document(document, find)
    content = read_document(document.body)
    if document_kind(content) != item.kind:
        raise Unacceptable(f"a {document_kind(content)} document travels as {item.kind}")
    return {
        "digest": sha256(document.body).digest(),
        "kind": item.kind,
        "subject": subject_of(content),
        "unit_id": _about(content) or county or item.unit,
        "seq": item.seq,
        "body": document.body,
        "at": datetime.fromisoformat(stamp_of(content)),
        "received_at": now,
    }


def _about(content: DOCUMENTS) -> UUID | None:
    """The one unit that a document is for; None where it is for all."""
    match content:
        case VillageResult() | FilingException():
            return content.village_id
        case UnitClassed() | UnitReviewed() | UnitBase():
            return content.unit_id
        case _:
            return None


def documents(session: Session, kind: type[Kind]) -> list[Kind]:
    """Every document of this kind in scope, oldest first."""
    return _read(session, kind, lambda query: query)


def latest(session: Session, kind: type[Kind], subject: str) -> Kind | None:
    """The newest document of this kind about `subject`, or None."""
    found = _read(session, kind, lambda query: query.where(Publication.subject == subject))
    return found[-1] if found else None


def _read(session: Session, kind: type[Kind], narrow: Callable[..., object]) -> list[Kind]:
    tag = str(kind.__struct_config__.tag)
    query = select(Publication.body).where(Publication.kind == tag).order_by(Publication.at, Publication.seq)
    bodies = session.scalars(narrow(query))  # type: ignore[call-overload]
    return [document for document in map(read_document, bodies) if isinstance(document, kind)]
