"""Login sessions kept in PostgreSQL (they survive a Redis flush), regenerated at login."""

import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import LargeBinary, delete
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.datastructures import CallbackDict

from shared.kit.clock import Clock
from shared.kit.db import Base, Database
from shared.kit.scope import NOTHING, open_table

IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
REFRESH = timedelta(minutes=5)


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


class PostgresSessions(SessionInterface):
    """Flask's session interface over the login_session table."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock = database, clock

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        secret = request.cookies.get(self.get_cookie_name(app))
        if not secret:
            return ServerSession({}, None, None)
        with self.database.transaction(NOTHING) as session:
            row = session.get(LoginSession, _digest(secret))
            if row is None or self._over(row):
                return ServerSession({}, None, None)
            return ServerSession(dict(row.data), secret, row.seen_at)

    def _over(self, row: LoginSession) -> bool:
        now = self.clock()
        return now - row.seen_at > IDLE or now - row.created_at > ABSOLUTE

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, ServerSession)
        now = self.clock()
        stale = session.seen_at is not None and now - session.seen_at > REFRESH
        if not (session.modified or stale or session.dead) or (session.secret is None and not session):
            self._bury(session.dead)
            return
        session.secret = session.secret or secrets.token_urlsafe(32)
        self._bury(session.dead)
        self._store(session, now)
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
            with self.database.transaction(NOTHING) as session:
                session.execute(delete(LoginSession).where(LoginSession.id.in_(list(map(_digest, dead)))))

    def _store(self, session: ServerSession, now: datetime) -> None:
        assert session.secret
        data = json.loads(json.dumps(dict(session)))
        account = data.get("_user_id")
        statement = insert(LoginSession).values(
            id=_digest(session.secret),
            data=data,
            account_id=UUID(account) if account else None,
            created_at=now,
            seen_at=now,
        )
        kept = {"data": statement.excluded.data, "account_id": statement.excluded.account_id, "seen_at": now}
        with self.database.transaction(NOTHING) as db:
            db.execute(statement.on_conflict_do_update(index_elements=["id"], set_=kept))


def forget_sessions(database: Database) -> Callable[[UUID], None]:
    """A function that signs an account out everywhere."""

    def forget(account_id: UUID) -> None:
        with database.transaction(NOTHING) as session:
            session.execute(delete(LoginSession).where(LoginSession.account_id == account_id))

    return forget


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
