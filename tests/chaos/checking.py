"""After healing: everything acknowledged is there once in every tier that should hold it, nothing else is."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.sync.anchoring import anchor
from shared.sync.refusal import SyncError
from shared.sync.reporting import reconcile
from shared.sync.runtime import Runtime
from tests.chaos.county import County
from tests.chaos.records import ECHOES, HOLDERS, HOME, WORD, Operation, Operations
from tests.chaos.recounting import recount

DRAINED_WITHIN = 90.0
"""Seconds after healing in which everything has to be everywhere (I7)."""
SETTLED_WITHIN = 30.0
"""Seconds after that in which both ends of every stream have to say the same."""

_IN = "SELECT convert_from(payload, 'UTF8'), NULL FROM inbox WHERE kind = '{}'"
_ENTRY = "SELECT e.what, u.code FROM organisation_entry e JOIN unit u ON u.id = e.unit_id"
_APPROVED = (
    "SELECT e.what, u.code FROM organisation_word w JOIN organisation_entry e ON e.id = w.entry_id"
    " JOIN unit u ON u.id = w.unit_id WHERE w.kind = 'approved'"
)
_ROSTER = "SELECT m.post, u.code FROM {} m JOIN unit u ON u.id = m.unit_id"
_LIBRARY = "SELECT convert_from(body, 'UTF8'), NULL FROM publication WHERE kind LIKE 'role_model%%'"

# (text in which the word stands, code of the unit it is kept under or NULL)
QUERIES: dict[str, str] = {
    "branch/member": _ROSTER.format("member"),
    "township/roster": _ROSTER.format("known_member"),
    "township/roster in": _IN.format("roster.changed"),
    "county/roster": _ROSTER.format("known_member"),
    "county/roster in": _IN.format("roster.changed"),
    "branch/deed": "SELECT d.title, u.code FROM deed d JOIN unit u ON u.id = d.unit_id",
    "township/deed in": _IN.format("deed.proposed"),
    "township/deed on": "SELECT convert_from(payload, 'UTF8'), NULL FROM outbox WHERE kind = 'deed.proposed'",
    "county/deed in": _IN.format("deed.proposed"),
    "county/deed": "SELECT d.title, u.code FROM proposed_deed d JOIN unit u ON u.id = d.unit_id",
    "branch/entry": _ENTRY,
    "township/entry": _ENTRY,
    "township/entry in": _IN.format("organisation.entered"),
    "township/approved": _APPROVED,
    "branch/approved": _APPROVED,
    "branch/approved in": "SELECT e.what, NULL FROM inbox i JOIN organisation_entry e ON"
    " e.id::text = convert_from(i.payload, 'UTF8')::json->>'entry_id'"
    " WHERE i.kind = 'organisation.decided'",
    "county/published": "SELECT d.title, u.code FROM deed_decision s JOIN proposed_deed d ON d.id = s.deed_id"
    " JOIN unit u ON u.id = d.unit_id WHERE s.state = 'published'",
    "township/library": _LIBRARY,
    "branch/library": _LIBRARY,
}
_WAITING = (
    "SELECT (SELECT count(*) FROM outbox WHERE seq IS NULL)"
    " + (SELECT count(*) FROM stream_head WHERE side = 'in' AND applied_seq < seq)"
    " + (SELECT count(*) FROM stream_head WHERE side = 'out' AND stream LIKE 'up%%' AND acked_seq < seq)"
)


@dataclass
class Verdict:
    """What was found wrong, in words; empty where all is well."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    echoed: list[str] = field(default_factory=list)
    """Said twice, counted once; not wrong after a restore."""
    leaked: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def wrong(self) -> list[str]:
        """Everything."""
        return [*self.lost, *self.duplicated, *self.leaked]


def check(
    county: County, operations: Operations, seconds: float = DRAINED_WITHIN, *, whole: bool = True
) -> Verdict:
    """Judge a county whose faults have ended: wait until it has drained, then look everywhere.

    `whole`: at streams, audit logs and sums too, not only where each fact stands.
    """
    verdict, began = Verdict(), time.monotonic()
    found = _drained(county, operations, seconds)
    verdict.seconds = time.monotonic() - began
    known = operations.known()
    for one in known.values():
        for holder in HOLDERS[one.kind]:
            _judge(verdict, one, holder, found[holder][one.word])
    if operations.echoes:
        verdict.echoed = [what for what in verdict.duplicated if any(f"at {one}:" in what for one in ECHOES)]
        verdict.duplicated = [what for what in verdict.duplicated if what not in verdict.echoed]
    _require_said(verdict, known, found)
    if whole:
        _compare(verdict, county)
    return verdict


def look(county: County) -> dict[str, Counter[str]]:
    """How often each word stands where. A word under another unit than its own counts as another word."""
    found: dict[str, Counter[str]] = {}
    for holder, query in QUERIES.items():
        place = county.places[holder.split("/")[0]]
        found[holder] = Counter(_told(*row) for row in place.ask(query) if WORD.search(row[0]))
    return found


def _told(text: str, unit: str | None) -> str:
    words = set(WORD.findall(text))
    (word,) = words
    return word if unit is None or word.endswith(f"u{unit}") else f"{word} under {unit}"


def _drained(county: County, operations: Operations, seconds: float) -> dict[str, Counter[str]]:
    """Everything said is everywhere and nothing waits, or time is up."""
    deadline, pause = time.monotonic() + seconds, 0.5
    while True:
        found = look(county)
        missing = any(
            one.outcome == "ok" and not found[holder][one.word]
            for one in operations.all()
            for holder in HOLDERS[one.kind]
        )
        waits = any(place.ask(_WAITING)[0][0] for place in county.places.values())
        if not (missing or waits) or time.monotonic() > deadline:
            return found
        time.sleep(pause)
        pause = min(pause * 1.5, 4.0)


def _judge(verdict: Verdict, one: Operation, holder: str, times: int) -> None:
    what = f"{one.kind} {one.word} ({one.outcome}) at {holder}"
    if times > max(1, one.told):
        verdict.duplicated.append(f"{what}: {times} times")
    if times == 0 and one.outcome == "ok":
        verdict.lost.append(what)
    if times and one.outcome == "failed":
        verdict.leaked.append(f"{what}: its client was told that it failed")


def _require_said(
    verdict: Verdict, known: Mapping[tuple[str, str], Operation], found: Mapping[str, Counter[str]]
) -> None:
    """What was unknown is everywhere or nowhere; nothing stands anywhere that nobody filed."""
    for kind, holders in HOLDERS.items():
        home = next(holder for holder in holders if holder.startswith(HOME[kind]))
        for holder in holders:
            for word in found[holder]:
                if (kind, word) not in known:
                    verdict.leaked.append(f"{kind} {word} at {holder}: nobody filed it")
                elif not found[home][word]:
                    verdict.lost.append(f"{kind} {word} is at {holder}, and no longer at {home}")
        for word in found[home]:
            one = known.get((kind, word))
            if one is not None and one.outcome == "unknown":
                missing = [holder for holder in holders if not found[holder][word]]
                verdict.lost += [f"{kind} {word} (unknown, but kept at {home}) at {at}" for at in missing]


def _compare(verdict: Verdict, county: County) -> None:
    """Both ends of every stream (I3), what waits (I7), the audit logs (I5), the sums (I6)."""
    with county.tiers() as tiers:
        verdict.lost += recount(tiers)
        for child in (tiers.township, tiers.branch):
            verdict.lost += _apart(child)
    for tier, place in county.places.items():
        if waits := place.ask(_WAITING)[0][0]:
            verdict.lost.append(f"{waits} still wait at the {tier} after {DRAINED_WITHIN:.0f} s")
    verdict.lost += _audit(county)


def _apart(child: Runtime) -> list[str]:
    """Streams whose ends differ. Who reads is known with his next question: that is waited for."""
    tier, deadline = child.settings.tier, time.monotonic() + SETTLED_WITHIN
    while True:
        try:
            rows = [row for row in reconcile(child.node) if row.equal is False or row.lag]
            if not rows:
                anchor(child.node)
                return []
            words = [
                f"{row.stream} at {tier}: {row.state}, {row.lag} wait, {row.reason or ''}" for row in rows
            ]
        except SyncError as error:
            words = [f"heads of the {tier} cannot be compared: {error}"]
        if time.monotonic() > deadline:
            return words
        time.sleep(1)


def _audit(county: County) -> list[str]:
    """`sanji audit verify` of all tiers, which have just been anchored."""
    environments = [place.environment("harness") for place in county.places.values()]
    code, words = county.places["county"].run("audit", "verify", environments=environments)
    return [f"audit verify ends with {code}: {re.sub(chr(10), '; ', words)}"] if code else []
