"""The parent's side over HTTP: one blueprint, every call a POST, every right proved by a signature."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from shared.kit.guard import public
from shared.sync.calls import REQUEST_HEADER, TRUST_HEADER
from shared.sync.node import Node
from shared.sync.refusal import SyncError
from shared.sync.serving import CLAIMED, serve

SMALL = 256 * 1024


def sync_blueprint(node: Callable[[], Node]) -> Blueprint:
    """Routes under /sync for this node's children. `node` is asked at each request. Exempt from CSRF."""
    blueprint = Blueprint("sync", __name__)

    @public("peers prove themselves by signatures, not by sessions")
    def call(name: str) -> ResponseReturnValue:
        return answer(node(), f"/sync/{name}")

    blueprint.add_url_rule("/sync/<name>", "call", call, methods=["POST"])
    return blueprint


def answer(node: Node, path: str) -> Response:
    """Hand a bounded body to the protocol; database trouble is a plain 503: nothing is known, ask again."""
    request.max_content_length = node.limits.body_bytes if path in (*CLAIMED, "/sync/batch") else SMALL
    headers = {
        name: request.headers[name] for name in (REQUEST_HEADER, TRUST_HEADER) if name in request.headers
    }
    try:
        status, body = serve(node, path, request.get_data(cache=False), headers)
    except RequestEntityTooLarge:
        return Response("the request is too large", 413, mimetype="text/plain")
    except (SQLAlchemyError, SyncError) as error:
        return Response(f"not now: {type(error).__name__}", 503, mimetype="text/plain")
    return Response(body, status, mimetype="application/msgpack")
