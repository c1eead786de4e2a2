"""The general branch's word on what its branches closed or filed: endorsed, or sent back with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, defer

from services.branch.generals.models import Endorsement, Submission
from services.branch.generals.submitting import (
    APPRAISAL,
    STATEMENT,
    Standing,
    go_up,
    hold,
    say,
    standings,
    unsent,
)
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.db import among
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.persons import same_person
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
    parts = _going_up(session, held)
    for row in held:
        if _is_own(session, actor, parts[row.submission.id]):
            raise Refused(N_("%(unit)s的这一份是您本人办的，要由另一位同志审核。"), unit=row.unit.name)
    _say(session, actor, held, "endorsed", "", now)
    up = {one.id: (one, row.unit.general_id) for row in held for one in parts[row.submission.id]}
    go_up(session, actor, list(up.values()), now)
    return len(held)


def _going_up(session: Session, rows: Sequence[Row]) -> dict[UUID, list[Submission]]:
    """By submission, what goes up once it is endorsed, in the order it was closed.

    A month sent back before goes up with the part that answers it: each carries a piece of the sum.
    """
    units = {row.unit.id for row in rows if row.submission.kind == STATEMENT}
    before: dict[UUID, list[Submission]] = {}
    for one in unsent(session, units, STATEMENT) if units else []:
        if one.state == "sent_back":
            before.setdefault(one.submission.unit_id, []).append(one.submission)
    return {
        one.id: [*(before.get(one.unit_id, ()) if one.kind == STATEMENT else ()), one]
        for one in (row.submission for row in rows)
    }


def own_among(session: Session, actor: SignedIn, rows: Sequence[Row]) -> set[UUID]:
    """Of which of these submissions the asker closed any part that would go up."""
    return {one for one, parts in _going_up(session, rows).items() if _is_own(session, actor, parts)}


def _is_own(session: Session, actor: SignedIn, parts: Sequence[Submission]) -> bool:
    return any(same_person(session, actor, one.by_id, one.by) for one in parts)


def send_back(session: Session, actor: SignedIn, seen: Sequence[Seen], reason: str, now: datetime) -> int:
    """Send submissions back to their branches with a reason, all or none. Raises Refused, Absent."""
    if not reason.strip():
        raise Refused(N_("请写明退回理由，支部会看到。"))
    held = _held(session, actor, seen)
    _say(session, actor, held, "sent_back", reason.strip()[:REASON_LENGTH], now)
    return len(held)


def _say(
    session: Session, actor: SignedIn, rows: Sequence[Row], word: str, reason: str, now: datetime
) -> None:
    say(session, actor, word, [(row.submission, row.unit.general_id) for row in rows], now, reason)
    act = "general.endorse" if word == "endorsed" else "general.send_back"
    for kind in (STATEMENT, APPRAISAL):
        acts = [(row.unit.id, str(row.submission.id)) for row in rows if row.submission.kind == kind]
        audit.record_each(session, now, actor.account_id, act, acts, kind=kind)


def _held(session: Session, actor: SignedIn, seen: Sequence[Seen]) -> list[Row]:
    """What was ticked, nobody else deciding on it, unless one is not as it was seen."""
    if not seen:
        raise Refused(N_("请先勾选要办理的。"))
    ids = list({one.id for one in seen})
    query = _under(session, actor).where(among(Submission.id, ids))
    units = session.scalars(query.with_only_columns(Submission.unit_id)).all()
    if len(units) < len(ids):
        raise Absent
    for unit_id in sorted(set(units)):
        hold(session, unit_id)
    found = _rows(session, query)
    if any(row.standing.state != "waiting" for row in found) or any(one.version for one in seen):
        raise Refused(N_("有一份刚刚被别人办理过，没有改动任何一份。请刷新后再办。"))
    return found
