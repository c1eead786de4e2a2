"""Whatever a superuser does to rows that another tier has vouched for, the verifier names the first bad row.

Seeded: each round grows a chain of runs of random length, has it countersigned here and there, and tries
every kind of tampering on random rows below the last head that was countersigned.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, text

from shared.kit import audit
from shared.kit.audit import GENESIS
from shared.sync.anchoring import anchor, question
from shared.sync.anchors import hand_of
from shared.sync.keys import MemoryKeys, PrivateKey
from shared.sync.signed import Signed
from shared.sync.walking import Bad
from tests.audit.hands import HOUR, act, look, me, seal, superuser
from tests.servers import Servers
from tests.sync.world import START, Place, World

SEEDS, TIMES = range(int(os.environ.get("SEEDS", 6))), 4


@dataclass
class Grown:
    """A chain: its seals as (number, event), ends of runs, and where it was countersigned."""

    place: Place
    chance: Random
    seals: list[tuple[int, int]]
    ends: list[int]
    anchored: list[int]
    vouched: Signed

    def any(self) -> int:
        """A seal that was countersigned, itself or with a later one."""
        return self.chance.randint(1, self.anchored[-1])

    def event(self, seal: int) -> int:
        """Its event's number."""
        return self.seals[seal - 1][1]


def grown(world: World, seed: int) -> Grown:
    """North's chain; some numbers of events were drawn by transactions that came to nothing."""
    place, chance = world.north, Random(f"audit/{seed}")
    anchored: list[int] = []
    for run in range(chance.randint(5, 9)):
        act(place, chance, chance.randint(1, 12))
        if chance.random() < 0.5:
            world.north.rows("SELECT nextval(pg_get_serial_sequence('audit_event', 'id'))")
        seal(place)
        world.now += HOUR
        if run == 2 or chance.random() < 0.4:
            anchor(place.node)
            anchored = [row[0] for row in place.rows("SELECT seq FROM audit_anchor ORDER BY seq")]
    with superuser_rows(place) as rows:
        seals = rows("SELECT seq, event_id FROM audit_seal ORDER BY seq")
        ends = [row[0] for row in rows("SELECT seq FROM audit_seal WHERE proof IS NOT NULL ORDER BY seq")]
    kept = question(place.node)
    assert kept is not None
    return Grown(place, chance, seals, ends, anchored, kept.document)


class superuser_rows:
    """Rows of tables without row policies, as the owner reads them."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def __enter__(self) -> Callable[[str], list[Any]]:
        return self.place.rows

    def __exit__(self, *_: object) -> None:
        pass


Tamper = Callable[[Connection, Grown], Callable[[Bad], bool]]


def update(db: Connection, one: Grown) -> Callable[[Bad], bool]:
    """An event says something else."""
    seal = one.any()
    change = one.chance.choice(
        (
            "action = action || 'x'",
            "subject = 'another'",
            "at = at + interval '1 microsecond'",
            "account_id = NULL",
            "unit_id = gen_random_uuid()",
            "detail = detail || '{\"more\": true}'",
        )
    )
    db.execute(text(f"UPDATE audit_event SET {change} WHERE id = :id"), {"id": one.event(seal)})
    return lambda bad: (bad.seal, bad.event) == (seal, one.event(seal))


def delete(db: Connection, one: Grown) -> Callable[[Bad], bool]:
    """An event is gone, and with it sometimes its seal, or only the seal."""
    seal, what = one.any(), one.chance.choice(("event", "seal", "both"))
    if what != "seal":
        db.execute(text("DELETE FROM audit_event WHERE id = :id"), {"id": one.event(seal)})
    if what != "event":
        db.execute(text("DELETE FROM audit_seal WHERE seq = :seq"), {"seq": seal})
    return lambda bad: bad.seal == seal


def insert(db: Connection, one: Grown) -> Callable[[Bad], bool]:
    """An event appears among the old ones: below them, or at a number that a transaction drew for nothing."""
    used = {event for _, event in one.seals}
    gaps = [number for number in range(1, one.event(one.anchored[-1])) if number not in used]
    number = one.chance.choice([*gaps, 0, -one.chance.randint(1, 9)])
    put(db, number)
    return lambda bad: bad.event == number


def insert_and_let_seal(db: Connection, one: Grown) -> Callable[[Bad], bool]:
    """The same, with the times of the runs changed so that the worker itself seals the event."""
    number = -one.chance.randint(1, 9)
    put(db, number)
    db.execute(text("UPDATE audit_seal SET at = at + interval '1 year' WHERE proof IS NOT NULL"))
    from sqlalchemy.orm import Session

    with Session(db, join_transaction_mode="create_savepoint") as session:
        hand = hand_of(one.place.node.keys, me(one.place))
        assert audit.seal(session, hand, one.place.world.now, START) == 1
        session.commit()
    return lambda bad: bad.event == number


def put(db: Connection, number: int) -> None:
    """A row of the superuser's own."""
    words = (
        "INSERT INTO audit_event (id, at, account_id, unit_id, action, subject, detail)"
        " OVERRIDING SYSTEM VALUE SELECT :id, at, account_id, unit_id, 'contest.locked', subject, detail"
        " FROM audit_event LIMIT 1"
    )
    db.execute(text(words), {"id": number})


def reorder(db: Connection, one: Grown) -> Callable[[Bad], bool]:
    """Two events, or two seals, change places."""
    first, second = sorted(one.chance.sample(range(1, one.anchored[-1] + 1), 2))
    if one.chance.random() < 0.5:
        words = (
            "UPDATE audit_event SET (at, account_id, unit_id, action, subject, detail) = (SELECT o.at,"
            " o.account_id, o.unit_id, o.action, o.subject, o.detail FROM audit_event o"
            " WHERE o.id = CASE audit_event.id WHEN :a THEN CAST(:b AS bigint) ELSE :a END)"
            " WHERE id IN (:a, :b)"
        )
        db.execute(text(words), {"a": one.event(first), "b": one.event(second)})
    else:
        for number, to in ((first, -1), (second, first), (-1, second)):
            db.execute(text("UPDATE audit_seal SET seq = :to WHERE seq = :n"), {"to": to, "n": number})
    return lambda bad: bad.seal == first


def truncate(db: Connection, one: Grown) -> Callable[[Bad], bool]:
    """The end of the log is gone, or all of it."""
    if one.chance.random() < 0.2:
        db.execute(text("TRUNCATE audit_event, audit_seal"))
        return lambda bad: bad.seal == 1
    left = one.any() - 1
    cut(db, one, left)
    return lambda bad: bad.seal == left + 1


def cut(db: Connection, one: Grown, left: int) -> None:
    """Only the first `left` seals and their events stay."""
    gone = [event for seal, event in one.seals if seal > left]
    db.execute(text("DELETE FROM audit_event WHERE id = ANY(:gone)"), {"gone": gone})
    db.execute(text("DELETE FROM audit_seal WHERE seq > :left"), {"left": left})


def restore(db: Connection, one: Grown) -> Callable[[Bad], bool]:
    """Everything is as it was some time ago, the countersignatures kept here too."""
    left = one.chance.choice([0, *(end for end in one.ends if end < one.anchored[-1])])
    cut(db, one, left)
    db.execute(text("DELETE FROM audit_anchor WHERE seq > :left"), {"left": left})
    return lambda bad: bad.seal == left + 1


def restore_and_go_on(db: Connection, one: Grown) -> Callable[[Bad], bool]:
    """The same, and the tier's own worker has sealed other events since."""
    restore(db, one)
    left: int = db.execute(text("SELECT coalesce(max(seq), 0) FROM audit_seal")).scalar_one()
    from sqlalchemy.orm import Session

    with Session(db, join_transaction_mode="create_savepoint") as session:
        for number in range(one.chance.randint(1, 80)):
            unit = me(one.place)
            audit.record(session, one.place.world.now, None, unit, "test", f"after {number}")
        session.flush()
        audit.seal(session, hand_of(one.place.node.keys, me(one.place)), one.place.world.now + HOUR, START)
        session.commit()
    return lambda bad: bad.seal == left + 1


def rewrite(db: Connection, one: Grown) -> Callable[[Bad], bool]:
    """The whole chain is made anew around a change: every hash fits again."""
    seal = one.any()
    how = one.chance.choice(("change", "remove", "add"))
    if how == "change":
        db.execute(text("UPDATE audit_event SET action = 'y' WHERE id = :id"), {"id": one.event(seal)})
    elif how == "remove":
        db.execute(text("DELETE FROM audit_event WHERE id = :id"), {"id": one.event(seal)})
        db.execute(text("DELETE FROM audit_seal WHERE seq = :seq"), {"seq": seal})
        shift(db, seal, -1)
    else:
        put(db, -5)
        shift(db, seal - 1, 1)
        words = "INSERT INTO audit_seal (seq, event_id, hash) VALUES (:seq, -5, '')"
        db.execute(text(words), {"seq": seal})
    rehash(db)
    drop_copies(db, one)
    if how == "remove" and seal in one.ends:  # its run's signature and prints were on it
        return lambda bad: bad.seal == begin(one, seal) and f"one of the seals {bad.seal} to" in bad.words
    return lambda bad: bad.seal == seal


def begin(one: Grown, seal: int) -> int:
    """The first seal of its run."""
    return max([0, *(end for end in one.ends if end < seal)]) + 1


def rewrite_and_sign(db: Connection, one: Grown) -> Callable[[Bad], bool]:
    """The same change, with the signatures and prints removed, or made with a key of the superuser's own."""
    seal = one.any()
    db.execute(text("UPDATE audit_event SET action = 'y' WHERE id = :id"), {"id": one.event(seal)})
    rehash(db)
    drop_copies(db, one)
    begins = begin(one, seal)
    if one.chance.random() < 0.5:
        db.execute(text("UPDATE audit_seal SET proof = NULL WHERE seq >= :seq"), {"seq": seal})
    else:
        resign(db, one, begins)
    vouched = max([0, *(seq for seq in one.anchored if seq < seal)]) + 1
    return lambda bad: bad.seal in (seal, begins, vouched)


def shift(db: Connection, after: int, by: int) -> None:
    """Seals behind a number are numbered anew."""
    db.execute(text("UPDATE audit_seal SET seq = -seq WHERE seq > :after"), {"after": after})
    db.execute(text("UPDATE audit_seal SET seq = -seq + :by WHERE seq < 0"), {"by": by})


def rehash(db: Connection) -> None:
    """Every hash as the worker would have made it."""
    previous = GENESIS
    rows = db.execute(
        text("SELECT s.seq, e.* FROM audit_seal s JOIN audit_event e ON e.id = s.event_id ORDER BY s.seq")
    )
    for row in rows.all():
        previous = audit.link(previous, row)  # type: ignore[arg-type]
        db.execute(text("UPDATE audit_seal SET hash = :h WHERE seq = :s"), {"h": previous, "s": row.seq})


def resign(db: Connection, one: Grown, begins: int) -> None:
    """Runs from a number on are signed with another key."""
    import msgspec

    hand = hand_of(MemoryKeys(PrivateKey.from_seed(one.chance.randbytes(32))), me(one.place))
    prints, first = b"", begins
    rows = db.execute(
        text("SELECT seq, hash, at, proof FROM audit_seal WHERE seq >= :b ORDER BY seq"), {"b": begins}
    )
    for row in rows.all():
        prints += row.hash[: audit.PRINT]
        if row.proof is None:
            continue
        stone = audit.Stone(first, row.seq, row.hash, row.at, hashlib.sha256(prints).digest(), START)
        words = text("UPDATE audit_seal SET prints = :prints, proof = :proof WHERE seq = :seq")
        proof = hand(msgspec.msgpack.encode(stone))
        db.execute(words, {"prints": prints, "proof": proof, "seq": row.seq})
        prints, first = b"", row.seq + 1


def drop_copies(db: Connection, one: Grown) -> None:
    """Sometimes what is kept here of the countersigning goes too."""
    if one.chance.random() < 0.5:
        db.execute(text("DELETE FROM audit_anchor"))


KINDS: tuple[Tamper, ...] = (
    *(update, delete, insert, insert_and_let_seal, reorder, truncate),
    *(restore, restore_and_go_on, rewrite, rewrite_and_sign),
)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_tampering_is_caught_and_the_first_bad_row_named(
    world: World, servers: Servers, seed: int
) -> None:
    one = grown(world, seed)
    with superuser(servers, one.place) as db:
        proof = look(db, one.place, world.now, (one.vouched,))
        assert proof.bad is None
        assert proof.anchored is not None
        assert (proof.anchored.seq, proof.seals) == (one.anchored[-1], len(one.seals))
        assert proof.tail == len(one.seals) - one.anchored[-1]
        for kind in KINDS:
            for turn in range(TIMES):
                step = db.begin_nested()
                right = kind(db, one)
                bad = look(db, one.place, world.now, (one.vouched,)).bad
                assert bad is not None, (kind.__name__, turn)
                assert right(bad), (kind.__name__, turn, bad, one.anchored, one.ends)
                step.rollback()
        assert look(db, one.place, world.now, (one.vouched,)).bad is None
