"""What must be true in the end: everything acknowledged is there once, nothing nobody said, heads agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.sync.reporting import reconcile
from shared.sync.streams import UP, parse
from tests.simulator.business import POISON
from tests.simulator.county import CHILDREN, County
from tests.simulator.records import Operation


@dataclass
class Verdict:
    """What was found wrong, in words; empty lists where all is well."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Everything."""
        return [*self.lost, *self.duplicated, *self.leaked]


def check(county: County, operations: Iterable[Operation]) -> Verdict:
    """Judge a county that has healed."""
    verdict = Verdict()
    by_word = {(one.kind, one.word): one for one in operations}
    found = {name: _found(place.store.tables) for name, place in county.places.items()}
    for name, place in county.places.items():
        _acknowledge(name, place.store.tables, by_word)
    for one in by_word.values():
        for holder, table in one.holders.items():
            _judge(verdict, one, holder, found[holder][table][one.kind, one.word])
    for name, tables in found.items():
        for table in tables.values():
            for key in table:
                _require_said(verdict, name, key, by_word)
    _compare(verdict, county)
    return verdict


def _found(tables: Mapping[str, Any]) -> dict[str, Counter[tuple[str, str]]]:
    counted = Counter((row[0], row[1]) for row in tables.get("counted", {}).values())
    return {"counted": counted, "kept": Counter(dict.fromkeys(tables.get("kept", {}), 1))}


def _judge(verdict: Verdict, one: Operation, holder: str, times: int) -> None:
    what = f"{one.kind} {one.word} of {one.place} at {holder}"
    if times > 1:
        verdict.duplicated.append(f"{what}: {times} times")
    if times == 0 and one.outcome == "ok" and POISON not in one.word:
        verdict.lost.append(what)


def _require_said(
    verdict: Verdict, name: str, key: tuple[str, str], known: Mapping[tuple[str, str], Operation]
) -> None:
    one = known.get(key)
    if one is None or one.forged or name not in one.holders:
        verdict.leaked.append(f"{key[0]} {key[1]} at {name}")


def _acknowledge(name: str, tables: Mapping[str, Any], known: Mapping[tuple[str, str], Operation]) -> None:
    """What a place's own database holds as said counts as acknowledged, whatever its client was told."""
    for key in tables.get("said", {}):
        one = known.get(key)
        if one is not None and one.place == name:
            one.outcome = "ok"


def _compare(verdict: Verdict, county: County) -> None:
    for name in CHILDREN:
        place = county.places[name]
        for row in reconcile(place.node):
            stream = parse(row.stream)
            forged = stream.way == UP and stream.origin not in place.units
            if not forged and (row.equal is False or row.lag):
                verdict.lost.append(f"{row.stream} differs between {name} and its parent: {row.state}")


def has_evidence(county: County, one: Operation) -> bool:
    """Whether any database still holds the operation's own envelope or draft."""
    needle = f'"{one.word}"'.encode()
    here = county.places[one.place].store.tables
    if any(row.kind == one.kind and needle in row.payload for row in here.get("outbox", {}).values()):
        return True
    return any(
        kept.row.kind == one.kind and needle in kept.row.payload and _spoke(kept.row.stream, one, county)
        for name, place in county.places.items()
        if name != one.place
        for kept in place.store.tables.get("inbox", {}).values()
    )


def _spoke(stream: str, one: Operation, county: County) -> bool:
    origin: UUID = parse(stream).origin
    return origin in county.places[one.place].units
