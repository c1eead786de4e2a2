"""The simulated county: a county, two townships, three branch nodes that serve four branches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from uuid import UUID

from shared.sync.enrolling import enrol, mint_code, set_up
from shared.sync.keys import MemoryKeys, PrivateKey
from shared.sync.messages import UnitRow
from shared.sync.node import Limits, Node
from tests.simulator.business import CONTRACTS, SUNG, actions
from tests.simulator.memory import MemoryStore
from tests.simulator.tables import Tables
from tests.simulator.wire import Wire

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
COUNTY, WEST, EAST = (UUID(int=number) for number in (1, 2, 3))
NORTH, SOUTH, HILL, SHORE = (UUID(int=number) for number in (11, 12, 13, 21))
TREE = [
    UnitRow(COUNTY, "1", "甲县", "county", "county", None, "1."),
    UnitRow(WEST, "11", "西镇", "township", "town", COUNTY, "1.11."),
    UnitRow(EAST, "12", "东镇", "township", "town", COUNTY, "1.12."),
    UnitRow(NORTH, "111", "北村", "branch", "village", WEST, "1.11.111."),
    UnitRow(SOUTH, "112", "南村", "branch", "village", WEST, "1.11.112."),
    UnitRow(HILL, "113", "山村", "branch", "village", WEST, "1.11.113."),
    UnitRow(SHORE, "121", "岸村", "branch", "village", EAST, "1.12.121."),
]
UNITS = {one.id: one for one in TREE}
# Nodes: tier, parent node, units they serve. One branch node serves two, as one box in a township does.
NODES: Mapping[str, tuple[str, str, tuple[UUID, ...]]] = {
    "county": ("county", "", (COUNTY,)),
    "west": ("township", "county", (WEST,)),
    "east": ("township", "county", (EAST,)),
    "twins": ("branch", "west", (NORTH, SOUTH)),
    "hill": ("branch", "west", (HILL,)),
    "shore": ("branch", "east", (SHORE,)),
}
CHILDREN = [name for name, (_tier, parent, _units) in NODES.items() if parent]
# A backup of the parent is noticed, so it waits for its children: longer than any partition of a schedule.
LIMITS = Limits(batch_envelopes=8, tail_envelopes=10, restore_wait=timedelta(days=30))


@dataclass
class Place:
    """One node with its store, its clock and its way up."""

    name: str
    county: County
    keys: MemoryKeys
    store: MemoryStore = field(init=False)
    skew: timedelta = timedelta()
    upgraded: bool = False
    full: bool = False

    def __post_init__(self) -> None:
        self.tier, self.above, self.units = NODES[self.name]
        self.store = self.county.new_store(self.name)
        self.wire = Wire(lambda: self.county.places[self.above].node, lambda: self.parent.restart())
        self.restart()

    @property
    def parent(self) -> Place:
        """The place above."""
        return self.county.places[self.above]

    def now(self) -> datetime:
        """What this node's clock shows."""
        return self.county.now + self.skew

    def restart(self) -> None:
        """A new process on the same store and the same keys."""
        known = actions(self.tier, self.units) | (SUNG if self.upgraded else {})
        self.node = Node(
            tier=self.tier,
            keys=self.keys,
            store=self.store,
            clock=self.now,
            rng=self.county.random.randbytes,
            contracts=CONTRACTS,
            actions=known,
            transport=self.wire if self.above else None,
            limits=LIMITS,
        )

    def upgrade(self) -> None:
        """From now on this tier knows 'sung'."""
        self.upgraded = True
        self.restart()


def in_memory(_name: str) -> MemoryStore:
    """Where a place keeps its rows, unless somebody wants to look on."""
    return MemoryStore()


class County:
    """All places, one clock, one source of randomness."""

    new_store: Callable[[str], MemoryStore] = staticmethod(in_memory)

    def __init__(self, seed: int) -> None:
        self.now = START
        self.random = Random(seed)
        self.places: dict[str, Place] = {}
        founded = _founded()
        for name in NODES:
            self.places[name] = Place(name, self, MemoryKeys(_key(name)))
            self.places[name].store.tables = founded[name]

    def tick(self, seconds: float) -> None:
        """Time goes on."""
        self.now += timedelta(seconds=seconds)


def _key(name: str) -> PrivateKey:
    return PrivateKey.from_seed(Random(f"key/{name}").randbytes(32))


@cache
def _founded() -> dict[str, Tables]:
    """Every place set up and enrolled, once a process: tables are never changed, only replaced."""
    county = object.__new__(County)
    county.now, county.random, county.places = START, Random(0), {}
    for name, (_tier, above, units) in NODES.items():
        place = county.places[name] = Place(name, county, MemoryKeys(_key(name)))
        if not above:
            with place.store.work() as ledger:
                ledger.store_units(TREE)
            set_up(place.node, UUID(int=1000), name, units)
            continue
        code = mint_code(place.parent.node, list(units))
        enrol(place.node, place.keys.current.public.first_node, name, code)
    return {name: place.store.tables for name, place in county.places.items()}
