"""Transfers read from their words: where each stands, and what those who came here brought along."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, bindparam, exists, select
from sqlalchemy.orm import Session

from services.branch.points.models import CarriedStrike
from services.branch.transfers.models import TransferWord
from shared.contracts.transfers import (
    CarriedYear,
    TransferAnswered,
    TransferClosed,
    TransferOffered,
    TransferWithdrawn,
)
from shared.kit.db import read_rows
from shared.kit.errors import Absent

_KINDS = {one.KIND: one for one in (TransferOffered, TransferWithdrawn, TransferAnswered, TransferClosed)}
OPEN = ("offered", "accepted")
# Asked with every claim filed and every month closed: built once.
_HERE = TransferWord.unit_id == bindparam("unit", type_=Uuid)
_CAME = (TransferWord.kind == TransferClosed.KIND, TransferWord.out.is_(False))
# Whether anybody at all came to the branch `unit`: asked along with something else, it spares reading who.
ANYBODY_CAME = exists().where(_HERE, *_CAME).label("anybody_came")
_ARRIVED = select(
    *(
        TransferWord.transfer_id,
        TransferWord.member_id,
        TransferWord.kind,
        TransferWord.out,
        TransferWord.body,
    )
).where(
    _HERE,
    TransferWord.kind.in_((TransferOffered.KIND, TransferAnswered.KIND, TransferClosed.KIND)),
    TransferWord.transfer_id.in_(select(TransferWord.transfer_id).where(_HERE, *_CAME)),
)

_STRUCK = select(
    CarriedStrike.member_id, CarriedStrike.year, CarriedStrike.branch_id, CarriedStrike.number
).where(CarriedStrike.unit_id == bindparam("unit", type_=Uuid), CarriedStrike.state == "confirmed")


@dataclass(frozen=True)
class Transfer:
    """One transfer as far as it is known here; `out`: from this branch to another."""

    id: UUID
    out: bool
    member_id: UUID
    offered: TransferOffered
    withdrawn: TransferWithdrawn | None = None
    answered: TransferAnswered | None = None
    closed: TransferClosed | None = None

    @property
    def state(self) -> str:
        """offered, withdrawn, refused, unknown, accepted or closed. Words that fit no offer do not count."""
        answer = self._answer()
        accepted = answer is not None and answer.verdict == "accepted"
        if accepted and self.closed is not None and self.closed.origin_code == self.offered.origin_code:
            return "closed"
        if self.withdrawn is not None:
            return "withdrawn"
        return answer.verdict if answer else "offered"

    def _answer(self) -> TransferAnswered | None:
        """The answer of the branch that was asked, or of a tier that does not know it."""
        answer = self.answered
        if answer is None or answer.origin_code != self.offered.target_code:
            return None
        return answer

    @property
    def at(self) -> str:
        """When the last word was said."""
        words = (self.offered, self.withdrawn, self.answered, self.closed)
        return max(word.at for word in words if word is not None)


def transfers(session: Session, unit_id: UUID, member_id: UUID | None = None) -> list[Transfer]:
    """This branch's transfers, newest first."""
    query = select(TransferWord).where(TransferWord.unit_id == unit_id)
    if member_id is not None:
        query = query.where(TransferWord.member_id == member_id)
    found = _told(session.scalars(query))
    return sorted(found, key=lambda one: one.offered.at, reverse=True)


def transfer_of(session: Session, unit_id: UUID, transfer_id: UUID) -> Transfer:
    """One transfer of this branch; raises Absent."""
    query = select(TransferWord).where(
        TransferWord.unit_id == unit_id, TransferWord.transfer_id == transfer_id
    )
    found = _told(session.scalars(query))
    if not found:
        raise Absent
    return found[0]


def _told(words: Iterable[Any]) -> list[Transfer]:
    by_transfer: dict[UUID, dict[str, Any]] = {}
    for word in words:
        by_transfer.setdefault(word.transfer_id, {})[word.kind] = word
    return [_transfer(found) for found in by_transfer.values() if TransferOffered.KIND in found]


def _transfer(words: dict[str, Any]) -> Transfer:
    first = words[TransferOffered.KIND]
    told = {
        kind.partition(".")[2]: msgspec.json.decode(word.body, type=_KINDS[kind])
        for kind, word in words.items()
    }
    return Transfer(first.transfer_id, first.out, first.member_id, **told)


def open_transfer(session: Session, unit_id: UUID, member_id: UUID) -> Transfer | None:
    """The transfer out of here that is under way for this member, or None."""
    found = transfers(session, unit_id, member_id)
    return next((one for one in found if one.out and one.state in OPEN), None)


def arrivals(session: Session, unit_id: UUID) -> dict[UUID, TransferClosed]:
    """By member, the newest record with which somebody came to this branch, less the claims struck here."""
    told = records(session, unit_id)
    return _without_struck(session, unit_id, told) if told else told


def records(session: Session, unit_id: UUID) -> dict[UUID, TransferClosed]:
    """By member, the newest record with which somebody came to this branch, as it arrived."""
    came = [one for one in _told(read_rows(session, _ARRIVED, {"unit": unit_id})) if one.state == "closed"]
    return {
        one.member_id: one.closed for one in sorted(came, key=lambda one: one.at) if one.closed is not None
    }


def _without_struck(
    session: Session, unit_id: UUID, told: dict[UUID, TransferClosed]
) -> dict[UUID, TransferClosed]:
    struck: dict[tuple[UUID, int], set[tuple[UUID, int]]] = {}
    for row in session.execute(_STRUCK, {"unit": unit_id}):
        struck.setdefault((row.member_id, row.year), set()).add((row.branch_id, row.number))
    found = dict(told)
    for (member, of), gone in struck.items():
        record = found.get(member)
        if record is None:
            continue
        years = [_less(one, gone) if one.year == of else one for one in record.years]
        found[member] = msgspec.structs.replace(record, years=years)
    return found


def _less(year: CarriedYear, gone: set[tuple[UUID, int]]) -> CarriedYear:
    kept = [one for one in year.claims if (one.branch_id, one.number) not in gone]
    return msgspec.structs.replace(year, claims=kept)
