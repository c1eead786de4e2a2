"""What processes write down: in production a JSON object a line, with ids and without anybody's data.

A line carries the request's number, the account's id, the rule that was asked. Three things keep people out
of it, whatever a library wants to say: only the first line of a message and nothing after a question mark;
no character that is not ASCII (names here are Chinese), no run of digits as long as a telephone or identity
number; of an error its kind, place and, from the database, code and constraint, but not its message, which
quotes what it failed on. On a developer's terminal (`SANJI_LOG=text`) messages are whole.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from flask import g, has_request_context, request, session
from structlog.stdlib import ProcessorFormatter

from shared.kit.settings import SettingsError

Event = MutableMapping[str, Any]
FRAMES = 12
"""Places of an error that are told, the innermost."""
_FOREIGN = re.compile(r"[^\x20-\x7e]+|(?:%[0-9A-Fa-f]{2})+")
_NUMBERS = re.compile(r"(?<!\d)(?:(?:86)?1\d{10}|\d{15}|\d{17}[\dXx])(?!\d)")
_QUERY = re.compile(r"\?\S+")
_STAMP = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")


def configure(*, json: bool, stream: TextIO | None = None) -> None:
    """Send every library's log and our own to `stream` (standard error), as JSON lines or for a terminal."""
    handler = logging.StreamHandler(stream or sys.stderr)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("sanji").setLevel(logging.INFO)
    shared: list[Any] = [structlog.stdlib.add_log_level, _STAMP]
    wrap = ProcessorFormatter.wrap_for_formatter
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.add_logger_name, *shared, wrap],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                ProcessorFormatter.remove_processors_meta,
                *(_for_machines() if json else _for_people()),
            ],
        )
    )


def _for_machines() -> list[Any]:
    return [about_request, told_error, bare, structlog.processors.JSONRenderer()]


def _for_people() -> list[Any]:
    # Plain tracebacks: the pretty ones print local variables, and with them personal data.
    return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback, colors=False)]


def about_request(_logger: Any, _method: str, event: Event) -> Event:
    """Which request this belongs to, by number, rule and account; what was asked for stays out."""
    if has_request_context():
        event.setdefault("rule", request.url_rule.rule if request.url_rule else "none")
        if "number" in g:
            event.setdefault("request", g.number)
        if account := session.get("_user_id"):
            event.setdefault("account", account)
    return event


def told_error(_logger: Any, _method: str, event: Event) -> Event:
    """An error as kinds and places; the first is what was raised last."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    chain: list[dict[str, Any]] = []
    while isinstance(error, BaseException) and len(chain) < 5:
        chain.append(_told(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if chain:
        event["errors"] = chain
    return event


def _told(error: BaseException) -> dict[str, Any]:
    places = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    told: dict[str, Any] = {
        "kind": f"{type(error).__module__}.{type(error).__qualname__}",
        "at": [f"{place.filename}:{place.lineno} {place.name}" for place in places],
    }
    said = getattr(getattr(error, "orig", error), "diag", None)
    for name in ("sqlstate", "constraint_name", "table_name"):
        if value := getattr(said, name, None):
            told[name] = value
    if isinstance(error, ImportError | SettingsError):  # they speak of the installation, of nobody
        told["said"] = str(error)
    return told


def bare(_logger: Any, _method: str, event: Event) -> Event:
    """Every text without what could be somebody's."""
    return {key: _bared(value) for key, value in event.items()}


def _bared(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bared(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_bared(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    lines = str(value).splitlines()
    return _NUMBERS.sub("*", _FOREIGN.sub("*", _QUERY.sub("?*", lines[0]))) if lines else ""
