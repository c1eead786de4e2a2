"""Paper sheets counted by two people, and the count: totals are written, votes and key are gone for good."""

import base64
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Uuid, bindparam, delete, select
from sqlalchemy.orm import Session

from services.branch.ballots.boxes import box_of, emptied, ended, turnout
from services.branch.ballots.models import (
    BallotBox,
    BallotEnvelope,
    BallotMark,
    BallotTotal,
    BallotVoter,
    PaperTally,
)
from services.branch.ballots.sealing import BLANK, WrongPassphrase, opened_key, sealed, unsealed
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.db import insert_rows, read_rows
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.rules.appraisal import Rulebook, Tally, tally_holds

# Sheets in one tally, and a fixed length for it, whatever the numbers in it.
MOST_SHEETS = 999
Counts = Mapping[str, Mapping[str, int]]

_BOX = bindparam("box", type_=Uuid)
_WAITING = select(PaperTally).where(PaperTally.box_id == _BOX, PaperTally.confirmed_by == "")
_COUNTED = select(PaperTally.counts).where(PaperTally.box_id == _BOX)
_VOTED = BallotMark.member_id.is_not(None).label("voted")
_ROLL = (
    select(BallotVoter.member_id, _VOTED)
    .outerjoin(
        BallotMark,
        (BallotMark.box_id == BallotVoter.box_id) & (BallotMark.member_id == BallotVoter.member_id),
    )
    .where(BallotVoter.box_id == _BOX)
)


def enter_paper(
    session: Session,
    actor: SignedIn,
    rulebook: Rulebook,
    unit: Unit,
    box_id: UUID,
    sheets: int,
    voters: Sequence[UUID],
    counts: Counts,
    now: datetime,
) -> PaperTally:
    """What a first person counted on paper; `voters` of a members' ballot get their marks. Raises Refused."""
    box = _open(session, unit, box_id)
    if waiting_paper(session, box):
        raise Refused(N_("还有一份纸质票等另一人核对，核对后再录。"))
    _sound(rulebook, box, sheets, counts)
    if box.kind == "members":
        _mark(session, box, sheets, voters)
    paper = PaperTally(
        id=new_id(),
        box_id=box.id,
        unit_id=unit.id,
        sheets=sheets,
        voters=[str(one) for one in voters] if box.kind == "members" else [],
        counts={subject: dict(found) for subject, found in counts.items()},
        body=None,
        entered_by_id=actor.account_id,
        entered_by=actor.name,
        entered_at=now,
    )
    session.add(paper)
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "ballot.paper", str(box.id), sheets=sheets)
    return paper


def _sound(rulebook: Rulebook, box: BallotBox, sheets: int, counts: Counts) -> None:
    if not 1 <= sheets <= MOST_SHEETS:
        raise Refused(N_("纸质票张数应在 1 到 999 之间。"))
    codes = set(rulebook.ballots[box.kind].by_code)
    if set(counts) - set(box.subjects) or any(set(found) - codes for found in counts.values()):
        raise Absent
    for found in counts.values():
        if any(votes < 0 for votes in found.values()):
            raise Refused(N_("票数不能是负数。"))
        if sum(found.values()) > sheets:
            raise Refused(N_("有人的票数加起来比张数多，请核对。"))
    if not any(sum(found.values()) for found in counts.values()):
        raise Refused(N_("还没有填票数。"))


def _mark(session: Session, box: BallotBox, sheets: int, voters: Sequence[UUID]) -> None:
    if len(set(voters)) != sheets:
        raise Refused(N_("交纸质票的人数要和张数一样。"))
    roll = {row.member_id: row.voted for row in read_rows(session, _ROLL, {"box": box.id})}
    if not roll.keys() >= set(voters):
        raise Absent
    if any(roll[one] for one in voters):
        raise Refused(N_("勾选的人里有人已经投过票了，每人一票。"))
    rows = [{"box_id": box.id, "member_id": one, "unit_id": box.unit_id} for one in voters]
    insert_rows(session, BallotMark, rows)


def waiting_paper(session: Session, box: BallotBox) -> PaperTally | None:
    """The tally that waits for a second person, or None."""
    return session.scalars(_WAITING, {"box": box.id}).one_or_none()


def confirm_paper(session: Session, actor: SignedIn, unit: Unit, box_id: UUID, now: datetime) -> None:
    """A second person agrees: the numbers are sealed and count like the votes. Raises Refused."""
    box, paper = _seen(session, unit, box_id)
    if same_person(session, actor, paper.entered_by_id, paper.entered_by):
        raise Refused(N_("纸质票要两个人核对，请另一人来确认。"))
    if not box.on_paper:
        text = json.dumps(paper.counts, separators=(",", ":")).encode()
        length = (len(box.subjects) + 1) * 256
        paper.body, paper.counts = sealed(box.public_key, box.id.bytes, text.ljust(length)), None
    paper.confirmed_by = actor.name
    box.sheets += paper.sheets
    audit.record(session, now, actor.account_id, unit.id, "ballot.paper.confirm", str(box.id))


def drop_paper(session: Session, actor: SignedIn, unit: Unit, box_id: UUID, now: datetime) -> None:
    """Take an entry back that the second person does not agree with; its voters' marks go too."""
    box, paper = _seen(session, unit, box_id)
    voters = [UUID(one) for one in paper.voters]
    session.execute(delete(BallotMark).where(BallotMark.box_id == box.id, BallotMark.member_id.in_(voters)))
    session.delete(paper)
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "ballot.paper.drop", str(box.id))


def _seen(session: Session, unit: Unit, box_id: UUID) -> tuple[BallotBox, PaperTally]:
    box = _open(session, unit, box_id)
    paper = waiting_paper(session, box)
    if paper is None:
        raise Refused(N_("没有等核对的纸质票。"))
    return box, paper


def count(
    session: Session,
    actor: SignedIn,
    rulebook: Rulebook,
    unit: Unit,
    box_id: UUID,
    passphrases: Sequence[str],
    now: datetime,
) -> BallotBox:
    """Both tellers' passphrases open the box; totals are written, votes and key deleted with them.

    A box on paper alone needs no passphrase: two people have agreed on every sheet.
    Raises Refused: no quorum (the box stays open), a wrong passphrase (nothing is lost), paper unconfirmed.
    """
    box = _open(session, unit, box_id)
    if waiting_paper(session, box):
        raise Refused(N_("还有一份纸质票等另一人核对，核对后再计票。"))
    found = turnout(session, box)
    quorum = tally_holds(rulebook, box.kind, found.eligible, found.cast)
    if not quorum.ok:
        raise Refused(
            N_("不足法定人数：需 %(needed)s 票，收回 %(cast)s 票。票箱继续开着，请补投。"),
            needed=quorum.needed,
            cast=quorum.cast,
        )
    key = None if box.on_paper else _key(box, passphrases)
    rows = [
        {"box_id": box.id, "member_id": UUID(subject), "unit_id": unit.id, "counts": dict(votes)}
        for subject, votes in _totals(session, rulebook, box, key).items()
    ]
    insert_rows(session, BallotTotal, rows)
    emptied(session, box)
    ended(box, "counted", actor, now)
    box.eligible, box.cast = found.eligible, found.cast
    audit.record(session, now, actor.account_id, unit.id, "ballot.count", str(box.id), cast=found.cast)
    return box


def _key(box: BallotBox, passphrases: Sequence[str]) -> X25519PrivateKey:
    shares = [base64.b64decode(share) for share in box.shares]
    try:
        return opened_key(box.id.bytes, shares, passphrases)
    except WrongPassphrase as error:
        raise Refused(N_("监票人口令不对。票还在，没有丢失，请两位监票人重新输入。")) from error


def _totals(
    session: Session, rulebook: Rulebook, box: BallotBox, key: X25519PrivateKey | None
) -> dict[str, Counter[str]]:
    codes = [choice.code for choice in rulebook.ballots[box.kind].choices]
    found: dict[str, Counter[str]] = {subject: Counter() for subject in box.subjects}
    if key is None:
        for counts in read_rows(session, _COUNTED, {"box": box.id}).scalars():
            for subject, votes in (counts or {}).items():
                found[subject].update(votes)
        return found
    for body in session.scalars(select(BallotEnvelope.body).where(BallotEnvelope.box_id == box.id)):
        record = unsealed(key, box.id.bytes, body)
        for subject, place in zip(box.subjects, record, strict=False):
            if place != BLANK:
                found[subject][codes[place - 1]] += 1
    for body in _papers(session, box):
        for subject, votes in json.loads(unsealed(key, box.id.bytes, body)).items():
            found[subject].update(votes)
    return found


def _papers(session: Session, box: BallotBox) -> Iterable[bytes]:
    query = select(PaperTally.body).where(PaperTally.box_id == box.id)
    return [body for body in session.scalars(query) if body is not None]


def _open(session: Session, unit: Unit, box_id: UUID) -> BallotBox:
    box = box_of(session, unit.id, box_id, hold=True)
    if box.state == "counted":
        raise Refused(N_("票已经计过，选票和密钥都销毁了，不能重计。要重新测评，请报上级。"))
    if box.state != "open":
        raise Refused(N_("票箱已经关了。"))
    return box


def tallies(session: Session, box: BallotBox) -> dict[UUID, Tally]:
    """A counted box's totals by member."""
    query = select(BallotTotal).where(BallotTotal.box_id == box.id)
    return {one.member_id: Tally(box.eligible, box.cast, one.counts) for one in session.scalars(query)}
