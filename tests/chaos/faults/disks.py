"""Disks that are full: under the whole database (its log too), under the audit log, under uploads."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from deploy.local.waiting import wait_until
from tests.chaos.clients import TOKEN, Visitor
from tests.chaos.faults import Stage
from tests.chaos.isolation import let_go, small_disk
from tests.chaos.place import Place

FULL = "No space left on device"
A_PIECE = 2**16


def disk_full(stage: Stage) -> None:
    """Each of the three, while people file; then there is room again."""
    if not stage.county.network.real:
        return
    for tier in ("township", "branch"):
        _log_full(stage, stage.county.places[tier])
    _audit_full(stage, stage.county.places["branch"])
    _uploads_full(stage, stage.county.places["branch"])


def _log_full(stage: Stage, place: Place) -> None:
    before = _said(place, "postgres")
    with filled(place.folder / "postgres"):
        deadline = time.monotonic() + 12
        while time.monotonic() < deadline:
            # A new piece of the log is asked for: without room for it PostgreSQL stops, and cannot start.
            with suppress(psycopg.Error, OSError), place.database() as session:
                session.execute("SELECT pg_logical_emit_message(false, 'chaos', repeat('x', 100000))")
                session.execute("SELECT pg_switch_wal()")
            time.sleep(0.2)
    if more := _said(place, "postgres") - before:
        stage.struck.at(f"{place.tier}: PostgreSQL had no room {more} times, its log and tables")
    deadline = time.monotonic() + 60
    while not place.database_answers():
        assert time.monotonic() < deadline, "PostgreSQL does not come back"
        time.sleep(0.2)
    stage.load.wait_more(4, 60)


def _audit_full(stage: Stage, place: Place) -> None:
    """No act without its audit row: where that cannot be written, nothing is done."""
    disk = place.folder / "audit"
    disk.mkdir()
    small_disk(disk, 8)
    inner = place.user.own(disk / "space")
    with place.database() as session:
        session.execute(f"CREATE TABLESPACE chaos LOCATION '{inner}'")  # type: ignore[call-overload]
        # Few rows a page, so that it soon wants another.
        session.execute("ALTER TABLE audit_event SET (fillfactor = 10)")
        session.execute("ALTER TABLE audit_event SET TABLESPACE chaos")
    before = _said(place, "postgres")
    with filled(disk):
        wait_until(lambda: _said(place, "postgres") >= before + 3, 30)
    if more := _said(place, "postgres") - before:
        stage.struck.at(f"{place.tier}: no room for the audit log, {more} acts were not done")
    stage.load.wait_more(4)
    with place.database() as session:
        session.execute("ALTER TABLE audit_event RESET (fillfactor)")
        session.execute("ALTER TABLE audit_event SET TABLESPACE pg_default")
        session.execute("CHECKPOINT")
        session.execute("DROP TABLESPACE chaos")
    let_go(disk)


def _uploads_full(stage: Stage, place: Place) -> None:
    disk = place.folder / "uploads"
    disk.mkdir()
    small_disk(disk, 1)
    place.told["web"] = {"TMPDIR": str(disk)}
    place.restart("web")
    visitor = Visitor(place.url, "321323001203", stage.county.passwords["branch_secretary"])
    visitor.sign_in()
    before = _said(place, f"{place.tier}-web")
    status = upload(visitor, "/roster/excel", b"x" * 3_000_000)
    if status >= 500 and _said(place, f"{place.tier}-web") > before:
        stage.struck.at(f"{place.tier}: no room for an upload, answered {status}")
    del place.told["web"]
    place.restart("web")
    let_go(disk)


def upload(visitor: Visitor, path: str, content: bytes) -> int:
    """Post a file; the status, 0 where the server hung up."""
    token = TOKEN.search(visitor.get(path))
    assert token
    edge = "chaos-edge"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token[1]}\r\n'
    head += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n'
    head += "Content-Type: application/octet-stream\r\n\r\n"
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    try:
        return visitor.send(path, body, f"multipart/form-data; boundary={edge}")
    except (OSError, http.client.HTTPException):
        return 0


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Nothing fits on this disk until the end; what becomes free meanwhile is taken as well."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        with suppress(OSError):
            while True:
                file.write(b"x" * A_PIECE)
        try:
            yield
        finally:
            filler.unlink()


def _said(place: Place, name: str) -> int:
    return place.log(name).read_text(errors="replace").count(FULL)
