"""Messages that cannot be taken, keys that change while messages fly."""

from __future__ import annotations

import time
from typing import Any

import redis

from shared.sync.node import Node
from shared.sync.refusal import Refused
from shared.sync.rotation import rotate
from tests.chaos.faults import Stage
from tests.chaos.place import Place

_DRAFT = (
    "INSERT INTO outbox (stream, kind, version, unit_id, payload, created_at)"
    " SELECT stream, %s, 1, origin_unit, %s, now() FROM stream_head WHERE side = 'out' AND stream LIKE %s"
)
_QUARANTINED = "SELECT count(*) FROM quarantine"
RAN = "forged-job-ran"
# As an old or broken program would send them: no body, a body of another kind, an absurd one.
POISON = (
    ("organisation.entered", b"{}"),
    ("deed.proposed", b"not json at all"),
    ("roster.changed", b'{"branch_id": "nobody", "cards": 7}'),
)


def poison(stage: Stage) -> None:
    """Upwards and downwards, between sound ones; the streams must not wait. And forged jobs in Redis."""
    places = stage.county.places
    before = {tier: place.ask(_QUARANTINED)[0][0] for tier, place in places.items()}
    for kind, payload in POISON:
        for tier in ("branch", "township"):
            _draft(places[tier], kind, payload, "up%")
        stage.load.wait_more(3)
    _draft(places["county"], "role_model.published", b"{}", "down%")
    _draft(places["township"], "organisation.decided", b'{"word_id": 1}', "down%")
    for place in places.values():
        _forge(place)
    stage.load.wait_more(8)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        more = {tier: place.ask(_QUARANTINED)[0][0] - before[tier] for tier, place in places.items()}
        if min(more.values()) > 0:
            break
        time.sleep(0.5)
    ran = [tier for tier, place in places.items() if (place.folder / RAN).exists()]
    assert not ran, f"a forged job ran at {ran}"
    for tier, count in more.items():
        for _ in range(count):
            stage.struck.at(f"{tier}: set aside, the stream went on")


def _draft(place: Place, kind: str, payload: bytes, streams: str) -> None:
    with place.database() as session:
        session.execute(_DRAFT, (kind, payload, streams))


def _forge(place: Place) -> None:
    """A job that nobody of this tier signed: whoever unpickles it runs a command."""
    name = f"chaos-{place.tier}"
    data = f"cos\nsystem\n(S'touch {place.folder / RAN}'\ntR.".encode()
    with redis.Redis.from_url(place.redis_url) as queue:
        job: dict[str, Any] = {
            "data": data,
            "origin": place.tier,
            "status": "queued",
        }
        queue.hset(f"rq:job:{name}", mapping=job | {"created_at": "2026-01-01T00:00:00.000000Z"})
        queue.rpush(f"rq:queue:{place.tier}", name)


def key_rotated(stage: Stage) -> None:
    """Every tier gets new keys, several times, while it sends and answers; once by the command."""
    with stage.county.tiers() as tiers:
        for tier in ("branch", "township", "county") * 3:
            stage.load.wait_more(2)
            if key := _rotated(getattr(tiers, tier).node):
                stage.struck.at(f"{tier} signs with key {key} from now on")
    place = stage.county.places["branch"]
    code, words = place.run("sync", "rotate", "--tier", "branch")
    if code == 0:
        stage.struck.at(words.strip())


def _rotated(node: Node) -> str:
    """The new key; a push under way is not disturbed: try again."""
    for _ in range(200):
        try:
            return rotate(node)
        except Refused:
            time.sleep(0.1)
    return ""
