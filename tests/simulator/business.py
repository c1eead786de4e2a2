"""What the simulated tiers do: the shapes of the product's own actions, reduced to words.

`said` and `noted` are counted wherever they arrive: only the protocol keeps them single. `filed`, `passed`
and `told` are kept once by their word, as the product keeps rows by id, because a person may file one again
and a township restored from a backup approves and hands on again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from shared.sync.node import Action
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable
from shared.sync.streams import downward, upward
from tests.simulator.books import add_draft
from tests.simulator.tables import Transaction

POISON = "poison"


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The contract of every simulated kind."""

    words: str


KINDS = ("said", "filed", "passed", "noted", "told", "sung")
CONTRACTS: dict[tuple[str, int], type[msgspec.Struct]] = {(kind, 1): Word for kind in KINDS}
Act = Callable[[Any, Sequence[Received], datetime], None]
_encode = msgspec.json.Encoder().encode


def send(session: Transaction, origin: UUID, unit: UUID, kind: str, words: str, at: datetime) -> None:
    """A fact for the tier above."""
    add_draft(session, upward(origin).name, kind, 1, unit, _encode(Word(words)), at)


def publish(
    session: Transaction, origin: UUID, target: UUID | None, kind: str, words: str, at: datetime
) -> None:
    """A fact for one unit below, or for all."""
    add_draft(session, downward(origin, target).name, kind, 1, target or origin, _encode(Word(words)), at)


def count(session: Transaction, received: Sequence[Received], now: datetime) -> None:
    """A row for every arrival: what comes twice is there twice."""
    for one in received:
        if POISON in one.body.words:
            raise Unacceptable("no poison please")
        row = (one.kind, one.body.words, one.unit, one.stream, one.seq)
        session.write("counted")[session.number("counted")] = row


def keep(session: Transaction, received: Sequence[Received], now: datetime) -> None:
    """A row for every word."""
    for one in received:
        session.write("kept").setdefault((one.kind, one.body.words), one.unit)


def remember(session: Transaction, received: Sequence[Received], now: datetime) -> None:
    """An own word that comes back after a restore was said here."""
    for one in received:
        session.write("said")[one.kind, one.body.words] = one.unit


def hand_on(townships: Sequence[UUID]) -> Act:
    """What a township does with the county's word: keep it, publish it to the branches it is for."""

    def act(session: Transaction, received: Sequence[Received], now: datetime) -> None:
        keep(session, received, now)
        for one in received:
            if one.unit in townships or one.stream.endswith(":*"):
                for township in townships:
                    publish(session, township, None, "told", one.body.words, now)
                continue
            above = session.read("units")[one.unit].parent_id
            publish(session, above, one.unit, "told", one.body.words, now)

    return act


def approve(session: Transaction, now: datetime) -> list[str]:
    """Everything filed and not passed on yet goes up in the township's name; those words."""
    done = session.read("said")
    words = [word for kind, word in session.read("kept") if kind == "filed" and ("passed", word) not in done]
    units, kept = session.read("units"), session.read("kept")
    for word in words:
        unit = kept["filed", word]
        session.write("said")["passed", word] = unit
        send(session, units[unit].parent_id, unit, "passed", word, now)
    return words


def actions(tier: str, townships: Sequence[UUID] = ()) -> dict[tuple[str, int], Action]:
    """What each tier does with each kind; 'sung' comes with an upgrade."""
    if tier == "county":
        return {("passed", 1): Action(keep), ("told", 1): Action(recover=remember)}
    if tier == "township":
        return {
            ("said", 1): Action(count),
            ("filed", 1): Action(keep),
            ("told", 1): Action(hand_on(townships), remember),
            ("passed", 1): Action(recover=remember),
            ("noted", 1): Action(recover=remember),
        }
    return {
        ("noted", 1): Action(count),
        ("told", 1): Action(keep),
        ("said", 1): Action(recover=remember),
        ("filed", 1): Action(recover=remember),
        ("sung", 1): Action(recover=remember),
    }


SUNG = {("sung", 1): Action(count)}
