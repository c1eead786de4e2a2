"""Login sessions kept in PostgreSQL (they survive a Redis flush), regenerated at login.

A session that has ended stays as a row that says why, so that its browser can be told.
"""

import hashlib
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import LargeBinary, delete, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.datastructures import CallbackDict

from shared.kit.clock import Clock
from shared.kit.db import Base, Database
from shared.kit.scope import NOTHING, open_table
from shared.kit.timeouts import HOURS_AT_MOST, Timeouts

REFRESH = timedelta(minutes=1)
IDLE, WHOLE, CHANGED, ELSEWHERE = "idle", "whole", "changed", "elsewhere"
"""Why a session has ended: untouched too long, over altogether, its account changed, ended elsewhere."""
_USER = "_user_id"


class LoginSession(Base):
    """One browser. Only the hash of its secret is stored."""

    __tablename__ = "login_session"
    __table_args__ = ({"info": open_table("read before anyone is signed in; keyed by a secret's hash")},)

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    account_id: Mapped[UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """What a request sees; `regenerate()` gives it a new secret and kills the old one."""

    def __init__(self, initial: dict[str, Any], secret: str | None, seen_at: datetime | None) -> None:
        def touched(_self: Any) -> None:
            self.modified = True

        super().__init__(initial, touched)
        self.secret, self.seen_at = secret, seen_at
        self.new = secret is None
        self.modified = self.replaced = False
        self.dead: list[str] = []

    def regenerate(self) -> None:
        """Called at login and logout: a session id known before is worth nothing after."""
        if self.secret:
            self.dead.append(self.secret)
        self.secret, self.modified = None, True

    def end(self, why: str) -> None:
        """Signed out: of what was known only the language is left, and why."""
        kept = {"language": self["language"]} if "language" in self else {}
        self.clear()
        self.update(kept, ended=why)

    def key(self) -> bytes | None:
        """What its row is kept under."""
        return _digest(self.secret) if self.secret else None


def this_session() -> ServerSession:
    """The session of this request."""
    return cast(ServerSession, session._get_current_object())  # type: ignore[attr-defined]


class PostgresSessions(SessionInterface):
    """Flask's session interface over the login_session table."""

    def __init__(self, database: Database, clock: Clock, timeouts: Timeouts) -> None:
        self.database, self.clock, self.timeouts = database, clock, timeouts

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        secret = request.cookies.get(self.get_cookie_name(app))
        if not secret:
            return ServerSession({}, None, None)
        with self.database.transaction(NOTHING) as db:
            row = db.get(LoginSession, _digest(secret))
        if row is None:
            return ServerSession({}, None, None)
        found = ServerSession(dict(row.data), secret, row.seen_at)
        if (why := _over(row, self.timeouts, self.clock())) and "ended" not in found:
            if _USER not in found:
                return ServerSession({}, None, None)
            found.end(why)
        return found

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, ServerSession)
        now = self.clock()
        stale = session.seen_at is not None and now - session.seen_at > REFRESH
        if not (session.modified or stale or session.dead) or (session.secret is None and not session):
            self._bury(session.dead)
            return
        new = session.secret is None
        session.secret = session.secret or secrets.token_urlsafe(32)
        self._bury(session.dead)
        self._store(session, now, new)
        response.set_cookie(
            self.get_cookie_name(app),
            session.secret,
            httponly=True,
            secure=self.get_cookie_secure(app),
            samesite="Lax",
        )
        response.headers.add("Vary", "Cookie")

    def _bury(self, dead: list[str]) -> None:
        if dead:
            with self.database.transaction(NOTHING) as db:
                db.execute(delete(LoginSession).where(LoginSession.id.in_(list(map(_digest, dead)))))

    def _store(self, session: ServerSession, now: datetime, new: bool) -> None:
        assert session.secret
        data = json.loads(json.dumps(dict(session)))
        account = UUID(data[_USER]) if _USER in data else None
        values = {"data": data, "account_id": account, "seen_at": now}
        key = _digest(session.secret)
        with self.database.transaction(NOTHING) as db:
            if new:
                db.execute(insert(LoginSession).values(id=key, created_at=now, **values))
                return
            # What was ended meanwhile, by another browser or an administrator, is not brought back.
            there = update(LoginSession).where(LoginSession.id == key)
            if account:
                there = there.where(~LoginSession.data.has_key("ended"))
            db.execute(there.values(**values))


def _over(row: LoginSession, timeouts: Timeouts, now: datetime) -> str:
    idle, whole = timeouts.of(row.data.get("roles", ()))
    if now - row.created_at > whole:
        return WHOLE
    return IDLE if now - row.seen_at > idle else ""


def end_sessions(
    db: Session, accounts: Collection[UUID], why: str, *, keep: bytes | None = None, only: bytes | None = None
) -> int:
    """Sign accounts out; how many browsers that were. `keep` is left, `only` this one is ended (row keys)."""
    query = update(LoginSession).where(LoginSession.account_id.in_(accounts))
    if keep is not None:
        query = query.where(LoginSession.id != keep)
    if only is not None:
        query = query.where(LoginSession.id == only)
    left = func.jsonb_build_object("ended", why, "language", LoginSession.data["language"])
    query = query.values(data=func.jsonb_strip_nulls(left), account_id=None)
    return len(
        db.scalars(query.returning(LoginSession.id).execution_options(synchronize_session=False)).all()
    )


@dataclass(frozen=True)
class Device:
    """A browser in which somebody is signed in; `place` and `agent` are coarse, '' where nothing is known."""

    key: bytes
    agent: str
    place: str
    since: datetime
    seen_at: datetime


def devices(db: Session, account_id: UUID, timeouts: Timeouts, now: datetime) -> list[Device]:
    """Where an account is signed in at this moment, the one used last first."""
    query = select(LoginSession).where(LoginSession.account_id == account_id)
    return [
        Device(row.id, row.data.get("agent", ""), row.data.get("place", ""), row.created_at, row.seen_at)
        for row in db.scalars(query.order_by(LoginSession.seen_at.desc()))
        if not _over(row, timeouts, now)
    ]


def clear_sessions(db: Session, now: datetime) -> None:
    """Delete the rows of sessions that are over under any setting."""
    db.execute(delete(LoginSession).where(LoginSession.seen_at < now - timedelta(hours=HOURS_AT_MOST)))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
