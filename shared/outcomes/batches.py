"""Batches of notices: pinned when asked for, made by the worker, one zip and one PDF, then deleted.

What every notice says is fixed when it is asked for, so a batch made again is the same bytes. The worker
makes some in a transaction: killed, it goes on where it stopped.
"""

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.orm import Session

from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.db import insert_rows
from shared.kit.errors import Absent
from shared.kit.ids import new_id
from shared.kit.scope import EVERYTHING
from shared.notices.fonts import house_fonts
from shared.notices.notice import Notice
from shared.notices.printing import NotPrintable, merged, render
from shared.outcomes.voice import Voice
from shared.rules.canonical import digest
from shared.sync.runtime import Runtime

# Made in one transaction: a killed worker loses no more, and other work gets its turn.
AT_ONCE = 25
# More in one file is more than a worker should hold: 500 take it to 600 MB, which it keeps.
MOST = 600
# Kept in memory up to so many bytes, then on disk, while it is sent.
IN_MEMORY = 8 * 1024 * 1024
# Zip files know no earlier moment; a real one would make the same files other bytes.
_MOMENT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Tables:
    """A tier's tables of batches and of the notices in them."""

    batch: Any
    notice: Any


@dataclass(frozen=True)
class Wanted:
    """One notice to be made: of which case, about whom, under which name, and what it says."""

    case_id: UUID
    unit_id: UUID
    member_id: UUID
    name: str
    notice: Notice


def ask(
    session: Session,
    tables: Tables,
    actor: SignedIn,
    year: int,
    wanted: Sequence[Wanted],
    filters: Sequence[str],
    now: datetime,
    keep: timedelta,
) -> Any:
    """A batch of these notices for the actor's unit; one that is there and says the same is taken."""
    given = [msgspec.to_builtins(one.notice) for one in wanted]
    same = digest([[str(one.case_id), one.name, said] for one, said in zip(wanted, given, strict=True)])
    batch = tables.batch
    query = select(batch).where(
        batch.unit_id == actor.unit.id, batch.digest == same, batch.keep_until > now, batch.fault == ""
    )
    if found := session.scalars(query.order_by(batch.id.desc()).limit(1)).one_or_none():
        return found
    made = batch(
        id=new_id(),
        unit_id=actor.unit.id,
        person_id=actor.person_id,
        year=year,
        digest=same,
        filters=list(filters),
        total=len(wanted),
        done=0,
        asked_by=actor.name,
        asked_by_id=actor.account_id,
        asked_at=now,
        ended_at=None,
        keep_until=now + keep,
        fault="",
    )
    session.add(made)
    session.flush()
    insert_rows(session, tables.notice, _rows(made.id, wanted, given))
    audit.record(
        session,
        now,
        actor.account_id,
        actor.unit.id,
        "notices.ask",
        str(made.id),
        year=year,
        total=len(wanted),
    )
    return made


def _rows(batch_id: UUID, wanted: Sequence[Wanted], given: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "batch_id": batch_id,
            "place": place,
            "case_id": one.case_id,
            "unit_id": one.unit_id,
            "member_id": one.member_id,
            "name": one.name,
            "given": said,
        }
        for place, (one, said) in enumerate(zip(wanted, given, strict=True), 1)
    ]


def _open_to(speaker: Voice, tables: Tables, now: datetime) -> Select[Any]:
    """Batches that are kept, of which the asker may look at every single case.

    A branch that has gone elsewhere since takes its members' notices out of sight, and the batch with them.
    """
    batch, notice, cases = tables.batch, tables.notice, speaker.desk.cases
    seen = select(func.count()).select_from(notice).join(cases, cases.id == notice.case_id)
    seen = seen.where(notice.batch_id == batch.id, speaker.readable()).correlate(batch)
    return select(batch).where(batch.keep_until > now, batch.total == seen.scalar_subquery())


def batch_of(session: Session, speaker: Voice, tables: Tables, batch_id: UUID, now: datetime) -> Any:
    """A batch that the asker may have. Raises Absent."""
    query = _open_to(speaker, tables, now).where(tables.batch.id == batch_id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Absent
    return found


def batches_of(session: Session, speaker: Voice, tables: Tables, year: int, now: datetime) -> Sequence[Any]:
    """What the asker may have of a year, newest first."""
    query = _open_to(speaker, tables, now).where(tables.batch.year == year)
    return session.scalars(query.order_by(tables.batch.id.desc()).limit(20)).all()


def one_pdf(session: Session, tables: Tables, found: Any) -> bytes:
    """All notices in one file. Raises Absent before it is made."""
    body = session.scalar(select(tables.batch.merged).where(tables.batch.id == found.id))
    if body is None:
        raise Absent
    return bytes(body)


def one_zip(session: Session, tables: Tables, found: Any) -> IO[bytes]:
    """A file of its own for each notice, the same bytes each time. Raises Absent before all are made."""
    if found.ended_at is None or found.fault:
        raise Absent
    notice = tables.notice
    query = select(notice.name, notice.body).where(notice.batch_id == found.id).order_by(notice.place)
    made: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 — sent, then closed by who sends it
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as pack:
        for name, body in session.execute(query.execution_options(yield_per=AT_ONCE)):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            pack.writestr(entry, body)
    made.seek(0)
    return made


def make_batches(runtime: Runtime, tables: Tables) -> bool:
    """The worker's part: some notices of every batch under way, then its one PDF; whether more is left."""
    now = runtime.settings.clock()
    with runtime.database.transaction(EVERYTHING) as session:
        forget(session, tables, now)
        waiting = session.scalars(select(tables.batch.id).where(tables.batch.ended_at.is_(None))).all()
    more = False
    for batch_id in waiting:
        with runtime.database.transaction(EVERYTHING) as session:
            more = go_on(session, tables, batch_id, now, runtime.settings.fonts) or more
    return more


def forget(session: Session, tables: Tables, now: datetime) -> None:
    """Delete what has been kept long enough."""
    over = select(tables.batch.id).where(tables.batch.keep_until <= now)
    _delete(session, tables, session.scalars(over).all())


def _delete(session: Session, tables: Tables, batches: Iterable[UUID]) -> None:
    if gone := list(batches):
        session.execute(delete(tables.notice).where(tables.notice.batch_id.in_(gone)))
        session.execute(delete(tables.batch).where(tables.batch.id.in_(gone)))


def go_on(
    session: Session,
    tables: Tables,
    batch_id: UUID,
    now: datetime,
    fonts: Path | None = None,
    at_once: int = AT_ONCE,
) -> bool:
    """Make the next notices of a batch, or at last the one PDF; whether more is left. Safe to repeat."""
    found = session.get(tables.batch, batch_id, with_for_update=True)
    if found is None or found.ended_at is not None:
        return False
    try:
        if found.done < found.total:
            found.done += _make_some(session, tables.notice, batch_id, fonts, at_once)
            return True
        said = select(tables.notice.given).where(tables.notice.batch_id == batch_id)
        notices = [_read(one) for one in session.scalars(said.order_by(tables.notice.place))]
        found.merged = merged(notices, fonts=house_fonts(fonts))
    except NotPrintable as error:
        # The fonts have changed since it was asked for.
        found.fault = "".join(error.characters[:20])
    found.ended_at = now
    return False


def _read(given: Any) -> Notice:
    return msgspec.convert(given, Notice)


def _make_some(session: Session, notice: Any, batch_id: UUID, fonts: Path | None, at_once: int) -> int:
    unmade: ColumnElement[bool] = notice.body.is_(None)
    query = select(notice.place, notice.given).where(notice.batch_id == batch_id, unmade)
    rows = session.execute(query.order_by(notice.place).limit(at_once)).all()
    for place, given in rows:
        body = render(_read(given), house_fonts(fonts))
        chosen = update(notice).where(notice.batch_id == batch_id, notice.place == place)
        session.execute(chosen.values(body=body), execution_options={"synchronize_session": False})
    return len(rows)
