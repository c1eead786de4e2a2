"""The general branch's word on what its branches closed or filed: endorsed, or sent back with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, defer

from services.branch.generals.models import Endorsement, Submission
from services.branch.generals.submitting import STATEMENT, Standing, go_up, hold, standings, unsent
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.db import among
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.units import GENERAL, Unit

REASON_LENGTH = 400
MOST_DECIDED = 100


@dataclass(frozen=True)
class Seen:
    """A submission as the person saw it: version 0 while nobody had decided."""

    id: UUID
    version: int


@dataclass(frozen=True)
class Row:
    """A submission with its branch."""

    standing: Standing
    unit: Unit

    @property
    def submission(self) -> Submission:
        """What was submitted."""
        return self.standing.submission


def generals_of(session: Session, actor: SignedIn) -> Sequence[Unit]:
    """The open general branches in which the actor has a post."""
    query = select(Unit).where(
        Unit.kind == GENERAL, Unit.closed_on.is_(None), among(Unit.id, actor.scope.units)
    )
    return session.scalars(query.order_by(Unit.path)).all()


def waiting(session: Session, actor: SignedIn) -> list[Row]:
    """What waits for the actor's general branches, oldest first."""
    said = exists().where(Endorsement.submission_id == Submission.id)
    return _rows(session, _under(session, actor).where(~said))


def how_many_wait(session: Session, actor: SignedIn) -> int:
    """The number of them."""
    said = exists().where(Endorsement.submission_id == Submission.id)
    query = _under(session, actor).where(~said).with_only_columns(func.count()).order_by(None)
    return session.scalar(query) or 0


def decided(session: Session, actor: SignedIn) -> list[Row]:
    """What was decided last on branches that stand under them now, newest first; without the messages."""
    query = (
        _under(session, actor)
        .join(Endorsement, Endorsement.submission_id == Submission.id)
        .where(Endorsement.word.in_(("endorsed", "sent_back")))
        .order_by(None)
        .order_by(Endorsement.at.desc(), Submission.id)
        .options(defer(Submission.body))
    )
    return _rows(session, query.limit(MOST_DECIDED))


def row_of(session: Session, actor: SignedIn, submission_id: UUID) -> Row:
    """One submission of a branch that stands under the actor's general branch; raises Absent."""
    found = _rows(session, _under(session, actor).where(Submission.id == submission_id))
    if not found:
        raise Absent
    return found[0]


def _under(session: Session, actor: SignedIn) -> Select[Any]:
    generals = [one.id for one in generals_of(session, actor)]
    return (
        select(Submission, Unit)
        .join(Unit, Unit.id == Submission.unit_id)
        .where(Unit.general_id.in_(generals))
        .order_by(Submission.at, Submission.id)
    )


def _rows(session: Session, query: Select[Any]) -> list[Row]:
    rows = session.execute(query).all()
    return [
        Row(standing, row[1])
        for standing, row in zip(standings(session, [row[0] for row in rows]), rows, strict=True)
    ]


def endorse(session: Session, actor: SignedIn, seen: Sequence[Seen], now: datetime) -> int:
    """Endorse submissions and send them to the township, all or none; how many.

    Raises Refused for what the actor closed, what was decided meanwhile; Absent out of scope.
    """
    held = _held(session, actor, seen)
    for row in held:
        if is_own(session, actor, row):
            raise Refused(N_("%(unit)s的这一份是您本人办的，要由另一位同志审核。"), unit=row.unit.name)
    for row in held:
        parts = going_up(session, row)
        word = _say(session, actor, row, "endorsed", "", now)
        for one in parts:
            go_up(session, row.unit, one, word, now)
    return len(held)


def going_up(session: Session, row: Row) -> list[Standing]:
    """What goes up once this is endorsed, in the order it was closed.

    A month sent back before goes up with the part that answers it: each carries a piece of the sum.
    """
    before = unsent(session, row.unit.id, STATEMENT) if row.submission.kind == STATEMENT else []
    return [*(one for one in before if one.state == "sent_back"), row.standing]


def is_own(session: Session, actor: SignedIn, row: Row) -> bool:
    """Whether the asker closed any part of what would go up; by name where a restore lost the account."""
    return any(
        one.submission.by_id == actor.account_id
        or (one.submission.by_id is None and one.submission.by == actor.name)
        for one in going_up(session, row)
    )


def send_back(session: Session, actor: SignedIn, seen: Sequence[Seen], reason: str, now: datetime) -> int:
    """Send submissions back to their branches with a reason, all or none. Raises Refused, Absent."""
    if not reason.strip():
        raise Refused(N_("请写明退回理由，支部会看到。"))
    held = _held(session, actor, seen)
    for row in held:
        _say(session, actor, row, "sent_back", reason.strip()[:REASON_LENGTH], now)
    return len(held)


def _say(session: Session, actor: SignedIn, row: Row, word: str, reason: str, now: datetime) -> Endorsement:
    made = Endorsement(
        submission_id=row.submission.id,
        word=word,
        unit_id=row.unit.id,
        general_id=row.unit.general_id,
        reason=reason,
        by=actor.name,
        by_id=actor.account_id,
        at=now,
    )
    session.add(made)
    session.flush()
    act = "general.endorse" if word == "endorsed" else "general.send_back"
    audit.record(
        session, now, actor.account_id, row.unit.id, act, str(row.submission.id), kind=row.submission.kind
    )
    return made


def _held(session: Session, actor: SignedIn, seen: Sequence[Seen]) -> list[Row]:
    """What was ticked, nobody else deciding on it, unless one is not as it was seen."""
    if not seen:
        raise Refused(N_("请先勾选要办理的。"))
    ids = list({one.id for one in seen})
    query = _under(session, actor).where(among(Submission.id, ids))
    found = _rows(session, query)
    if len(found) < len(ids):
        raise Absent
    for unit_id in sorted({row.unit.id for row in found}):
        hold(session, unit_id)
    found = _rows(session, query)
    if any(row.standing.state != "waiting" for row in found) or any(one.version for one in seen):
        raise Refused(N_("有一份刚刚被别人办理过，没有改动任何一份。请刷新后再办。"))
    return found
