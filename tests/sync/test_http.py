"""The same protocol over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, Response, redirect
from werkzeug.serving import make_server

from shared.sync import http
from shared.sync.http import HttpTransport
from shared.sync.pulling import pull
from shared.sync.pushing import push
from shared.sync.refusal import Unreachable
from shared.sync.routes import SMALL, sync_blueprint
from tests.sync.world import NORTH, TOWN, World


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The app on a free port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def peer_app(world: World) -> Flask:
    """The township's web server, as far as peers see it."""
    app = Flask("township")
    app.register_blueprint(sync_blueprint(lambda: world.township.node))
    return app


def odd_app(view: Callable[[str], object]) -> Flask:
    """Something else that answers at the parent's address."""
    app = Flask("other")
    app.add_url_rule("/sync/<name>", "odd", view, methods=["POST"])  # type: ignore[arg-type]
    return app


def test_push_and_pull_work_over_http(world: World) -> None:
    world.north.say(NORTH, "up")
    world.township.publish(TOWN, None, "down")
    with serving(peer_app(world)) as address:
        transport = HttpTransport(address + "/")
        world.north.node.transport = transport
        assert push(world.north.node).moved == 1
        assert pull(world.north.node).moved == 1
        transport.close()
    assert world.township.heard() == ["up"]
    assert world.north.heard() == ["down"]


@pytest.mark.parametrize(
    "view",
    [
        lambda name: Response("a login page", 200),
        lambda name: Response("bad gateway", 502),
        lambda name: redirect("/elsewhere"),
        lambda name: Response(bytes(5000), 200),
    ],
)
def test_any_other_answer_means_that_nothing_is_known(
    world: World, view: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "LARGEST_ANSWER", 4000)
    world.north.say(NORTH, "a")
    with serving(odd_app(view)) as address:
        transport = HttpTransport(address)
        world.north.node.transport = transport
        with pytest.raises(Unreachable):
            push(world.north.node)
        transport.close()
    world.north.node.transport = world.wires["北村"]
    assert push(world.north.node).moved == 1


def test_nobody_listening_means_that_nothing_is_known(world: World) -> None:
    world.north.node.transport = HttpTransport("http://127.0.0.1:9")
    with pytest.raises(Unreachable):
        push(world.north.node)


def test_too_large_a_request_is_refused_unread(world: World) -> None:
    client = peer_app(world).test_client()
    assert client.post("/sync/enrol", data=bytes(SMALL + 1)).status_code == 413
    limit = world.township.node.limits.body_bytes
    assert client.post("/sync/batch", data=bytes(limit + 1)).status_code == 413
    assert client.post("/sync/nothing", data=b"x").status_code == 404
    assert client.get("/sync/batch").status_code == 405


def test_database_trouble_is_answered_with_not_now(world: World) -> None:
    client = peer_app(world).test_client()
    with world.township.owner.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE peer RENAME TO peer_away")
    try:
        answer = client.post("/sync/batch", data=b"x")
    finally:
        with world.township.owner.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE peer_away RENAME TO peer")
    assert answer.status_code == 503
