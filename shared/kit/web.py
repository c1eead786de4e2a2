"""A request's transaction, its errors, and the small things every page is given."""

import contextlib
import re
import secrets
import sys
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, render_template, request, url_for
from flask.globals import request_ctx
from flask.sessions import NullSession
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from marshmallow import Schema, ValidationError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from shared.kit.accounts import SignedIn
from shared.kit.db import Database
from shared.kit.entering import why_ended
from shared.kit.errors import Absent, Refused
from shared.kit.scope import NOTHING

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


# Of a lost form only what somebody wrote is shown again: no choice on a ballot, no password, no id.
WORDS = 4
_UNWRITTEN = re.compile("pass|code|again|token|choice|next|selected|version|login")
_ID = re.compile("[0-9a-f-]{36}(:[0-9]+)?")


def me() -> SignedIn:
    """Who is asking; only for views behind @allow."""
    return cast(SignedIn, current_user._get_current_object())


def now() -> datetime:
    """The moment of this request."""
    if "now" not in g:
        g.now = current_app.extensions["sanji.clock"]()
    return cast(datetime, g.now)


def db() -> Session:
    """This request's session, under the asker's scope; commits once, when the answer is a success."""
    if "db" not in g:
        database: Database = current_app.extensions["sanji.database"]
        scope = current_user.scope if current_user.is_authenticated else NOTHING
        g.db_context = database.transaction(scope)
        g.db = g.db_context.__enter__()
    return cast(Session, g.db)


def form(schema: Schema) -> dict[str, Any]:
    """The posted form through `schema`; ValidationError is answered as 422 unless the view catches it.

    A field the schema declares as a list takes every value of that name.
    """
    lists = {name for name, field in schema.fields.items() if type(field).__name__ == "List"}
    data = {key: values if key in lists else values[-1] for key, values in request.form.lists()}
    data.pop("csrf_token", None)
    return cast(dict[str, Any], schema.load(data))


def carried(*without: str) -> dict[str, Any]:
    """What the address asks for, to go into another address: nothing that `url_for` takes as its own."""
    own = {"endpoint", "self", *without, *(request.view_args or {})}
    return {name: value for name, value in request.args.items() if name not in own and name[:1] != "_"}


def request_number() -> str:
    """The number under which this request stands in the log, for who calls the administrator."""
    if "number" not in g:
        tail = secrets.token_hex(4).upper()
        g.number = f"{tail[:4]}-{tail[4:]}"
    return cast(str, g.number)


class NumberedFlask(Flask):
    """Flask, with the request's number in what it logs of a failure."""

    def log_exception(self, exc_info: Any) -> None:
        """Log a failed request under its number; the rule it matched, never what was asked or posted."""
        rule = request.url_rule.rule if request.url_rule else "none"
        self.logger.error(
            "request %s failed: %s %s", request_number(), request.method, rule, exc_info=exc_info
        )


def wants_fragment() -> bool:
    """Whether htmx asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"


def wire_requests(app: Flask) -> None:
    """One commit per request; errors as pages; security headers on every answer."""

    @app.after_request
    def finish(response: Response) -> Response:
        _close(commit=response.status_code < 400)
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.teardown_request
    def undo(_error: BaseException | None) -> None:
        _close(commit=False)

    app.register_error_handler(Refused, lambda e: _error_page(e.status, gettext(e.message) % e.values))
    app.register_error_handler(CSRFError, _unproven)
    app.register_error_handler(ValidationError, lambda e: _error_page(422, _first_message(e.messages)))
    app.register_error_handler(HTTPException, _http_error)
    # A NUL in a text or a number out of range: nothing was written, the person is told.
    app.register_error_handler(DataError, lambda e: _error_page(422, ""))
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(IntegrityError, _taken)


def _unproven(_error: CSRFError) -> tuple[str, int]:
    """A form without its token: most often the session has ended, and the token with it."""
    if not current_user.is_authenticated and request.path != url_for("login.form"):
        return _error_page(401, why_ended())
    return _error_page(400, gettext("页面停留过久，请返回重新打开再提交。"))


class _Passing(NullSession):
    """The session of one page, never kept: the page's forms want a token all the same."""

    __setitem__ = dict.__setitem__  # type: ignore[assignment]


def _http_error(error: HTTPException) -> tuple[str, int]:
    """An error as a page; where the database went before the session was read, nobody is signed in on it."""
    first = getattr(error, "original_exception", None)
    if isinstance(first, OperationalError) and request_ctx._session is None:
        request_ctx._session = _Passing()
        return _error_page(503, "")
    return _error_page(error.code or 500, why_ended() if error.code == 401 else "")


def _database_away(_error: OperationalError) -> tuple[str, int]:
    current_app.log_exception(sys.exc_info())
    return _error_page(503, "")


def _taken(error: IntegrityError) -> Any:
    """Where a form brought the id of what it makes, and a row of that id is there that the asker cannot see.

    That is answered as what is absent. First it is tried once more: the row may be the asker's own, made by
    the same form a moment ago, and then the action finds it.
    """
    made = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
    if not (made.startswith("pk_") and "id" in request.form):
        raise error
    _close(commit=False)
    if "tried" in g or request.endpoint is None:
        return _error_page(Absent.status, "")
    g.tried = True
    try:
        return current_app.ensure_sync(current_app.view_functions[request.endpoint])(
            **request.view_args or {}
        )
    except IntegrityError as again:
        return _taken(again)
    except Refused as refused:
        return _error_page(refused.status, gettext(refused.message) % refused.values)


class _Undo(Exception):
    pass


def _close(commit: bool) -> None:
    context = g.pop("db_context", None)
    g.pop("db", None)
    if context is None:
        return
    if commit:
        context.__exit__(None, None, None)
        return
    with contextlib.suppress(_Undo):
        context.__exit__(_Undo, _Undo(), None)


def _first_message(messages: Any) -> str:
    while isinstance(messages, dict | list) and messages:
        messages = next(iter(messages.values())) if isinstance(messages, dict) else messages[0]
    return str(messages)


def _error_page(status: int, detail: str) -> tuple[str, int]:
    _close(commit=False)
    number = request_number() if status >= 500 else ""
    lost = typed_words() if status == 401 else []
    return render_template("errors.html", code=status, detail=detail, reference=number, lost=lost), status


def typed_words() -> list[str]:
    """What was written into the posted form, to be copied from where it could not be taken; no secrets."""
    return [
        value
        for name, value in request.form.items()
        if len(value) >= WORDS and not _UNWRITTEN.search(name) and not _ID.fullmatch(value)
    ]


def back_here() -> str:
    """The address of this page; where it answers a form, of the page the form stood on, else the desk's."""
    if request.method == "GET":
        return request.full_path
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host or not came.path:
        return url_for("desk.page")
    return f"{came.path}?{came.query}" if came.query else came.path
