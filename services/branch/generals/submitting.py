"""The way up of a month or a year's appraisal: straight, or through the branch's general branch."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import any_, exists, select
from sqlalchemy.orm import Session

from services.branch.generals.models import Endorsement, Submission
from shared.contracts.appraisal import AppraisalFiled
from shared.contracts.statements import StatementClosed
from shared.kit.accounts import SignedIn
from shared.kit.db import among, ids_given, insert_rows, take_turn
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.sync.outbox import send_each_up, send_up

STATEMENT, APPRAISAL = "statement", "appraisal"
Body = StatementClosed | AppraisalFiled
_TYPES: dict[str, type[Body]] = {STATEMENT: StatementClosed, APPRAISAL: AppraisalFiled}


_GONE = exists().where(Endorsement.submission_id == Submission.id, Endorsement.word == "sent_up")
# Asked at every close of a month, also where there is no general branch: built once.
_UNSENT = (
    select(Submission)
    .where(Submission.unit_id == any_(ids_given("units")), ~_GONE)
    .order_by(Submission.at, Submission.id)
)


@dataclass(frozen=True)
class Standing:
    """A submission with the words said on it."""

    submission: Submission
    words: dict[str, Endorsement] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """waiting, sent_back, endorsed, or sent_up where the branch sent it on without a general branch."""
        return next((one for one in ("sent_back", "endorsed", "sent_up") if one in self.words), "waiting")

    @property
    def said(self) -> Endorsement | None:
        """The word that decided it, or None while it waits."""
        return self.words.get(self.state)

    @property
    def gone(self) -> bool:
        """Whether it is on its way to the township."""
        return "sent_up" in self.words


def hold(session: Session, unit_id: UUID) -> None:
    """One hand at a time on what a branch has submitted, until we commit."""
    take_turn(session, f"general/{unit_id}")


def submit(session: Session, actor: SignedIn, unit: Unit, body: Body, now: datetime) -> None:
    """Send a month or a filing to the township, or keep it until the branch's general branch endorses it."""
    if unit.general_id is None:
        # Once it stood under one: what waited goes first, so that the township can count.
        if unsent(session, [unit.id]):
            pass_on(session, actor, unit, now)
        send_up(session, unit.id, unit.id, body, now)
        return
    _keep(session, body, msgspec.json.encode(body), actor.name, actor.account_id, now)


def _keep(session: Session, body: Body, raw: bytes, by: str, by_id: UUID | None, at: datetime) -> None:
    row = {
        "id": id_of(body),
        "unit_id": body.branch_id,
        "kind": STATEMENT if isinstance(body, StatementClosed) else APPRAISAL,
        "year": body.year,
        "month": body.month if isinstance(body, StatementClosed) else 0,
        "body": raw,
        "by": by,
        "by_id": by_id,
        "at": at,
    }
    insert_rows(session, Submission, [row])


def id_of(body: Body) -> UUID:
    """The statement's or the filing's own id."""
    return body.statement_id if isinstance(body, StatementClosed) else body.filing_id


def read(submission: Submission) -> Body:
    """The message as it will travel."""
    return msgspec.json.decode(submission.body, type=_TYPES[submission.kind])


def standings(session: Session, found: Sequence[Submission]) -> list[Standing]:
    """These submissions with their words, in the order given."""
    if not found:
        return []
    words: dict[UUID, dict[str, Endorsement]] = {}
    query = select(Endorsement).where(among(Endorsement.submission_id, [one.id for one in found]))
    for word in session.scalars(query):
        words.setdefault(word.submission_id, {})[word.word] = word
    return [Standing(one, words.get(one.id, {})) for one in found]


def unsent(session: Session, units: Collection[UUID], kind: str = "") -> list[Standing]:
    """What these branches have submitted and has not gone up yet, in the order it was closed.

    An appraisal that was sent back never goes: another filing takes its place.
    """
    query = _UNSENT.where(Submission.kind == kind) if kind else _UNSENT
    found = standings(session, session.scalars(query, {"units": units}).all())
    return [one for one in found if one.submission.kind == STATEMENT or one.state != "sent_back"]


def word_on(session: Session, submission_id: UUID) -> Standing | None:
    """How a statement or a filing stands with the general branch; None where it went straight up."""
    found = session.get(Submission, submission_id)
    return standings(session, [found])[0] if found else None


def require_settled(session: Session, unit: Unit, year: int = 0, month: int = 0) -> None:
    """Raises Refused while a month waits for the general branch; the month named may be answered.

    A later month, or a member who takes postings along, would be ahead of what the township knows.
    """
    if unit.general_id is None:
        return
    for one in unsent(session, [unit.id], STATEMENT):
        if (one.submission.year, one.submission.month) != (year, month):
            raise Refused(
                N_("%(month)s 月的月报党总支还没有审核通过，通过以后再办。"), month=one.submission.month
            )


def say(
    session: Session,
    actor: SignedIn,
    word: str,
    about: Sequence[tuple[Submission, UUID | None]],
    now: datetime,
    reason: str = "",
) -> None:
    """Write one word on several submissions, each with the general branch that speaks (None: under none)."""
    rows = [
        {
            "submission_id": submission.id,
            "word": word,
            "unit_id": submission.unit_id,
            "general_id": general_id,
            "reason": reason,
            "by": actor.name,
            "by_id": actor.account_id,
            "at": now,
        }
        for submission, general_id in about
    ]
    insert_rows(session, Endorsement, rows)


def go_up(
    session: Session, actor: SignedIn, parts: Sequence[tuple[Submission, UUID | None]], now: datetime
) -> None:
    """Put submissions on their way in this order, with the name of who endorsed; mark that they have gone."""
    bodies = [_endorsed(read(one), general_id, actor, now) for one, general_id in parts]
    send_each_up(session, [(body.branch_id, body.branch_id, body) for body in bodies], now)
    say(session, actor, "sent_up", parts, now)


def _endorsed(body: Body, general_id: UUID | None, actor: SignedIn, now: datetime) -> Body:
    if general_id is None:
        return body
    said = {"endorsed_by": actor.name, "endorsed_at": now.isoformat()}
    return msgspec.structs.replace(body, general_id=general_id, **said)


def pass_on(session: Session, actor: SignedIn, unit: Unit, now: datetime) -> int:
    """Send up what waited for a general branch that the branch does not stand under any more; how many."""
    if unit.general_id is not None:
        raise Refused(N_("本支部在党总支下面，要等党总支审核。"))
    hold(session, unit.id)
    found = unsent(session, [unit.id])
    go_up(session, actor, [(one.submission, None) for one in found], now)
    return len(found)


def remember(session: Session, body: Body, raw: bytes) -> None:
    """What the township holds has been endorsed and has gone up: known again after a restore."""
    submission_id = id_of(body)
    found = session.get(Submission, submission_id)
    if found is None and not body.endorsed_by:
        return
    if isinstance(body, StatementClosed):
        by, closed = body.closed_by, body.closed_at
    else:
        by, closed = body.filed_by, body.filed_at
    if found is None:
        _keep(session, body, raw, by, None, datetime.fromisoformat(closed))
    said = datetime.fromisoformat(body.endorsed_at or closed)
    for word in ("endorsed", "sent_up") if body.endorsed_by else ("sent_up",):
        if session.get(Endorsement, (submission_id, word)) is None:
            known = Endorsement(
                submission_id=submission_id,
                word=word,
                unit_id=body.branch_id,
                general_id=body.general_id,
                by=body.endorsed_by,
                by_id=None,
                at=said,
            )
            session.add(known)
    session.flush()
