"""Three places, joined and founded: two townships, six villages, a year opened."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from deploy.demo.founding import found
from deploy.demo.people import actor, load_passwords
from deploy.demo.tiers import Tiers, within
from deploy.local.tiers import PARENTS, TIERS
from deploy.local.waiting import wait_until
from services.county.years.actions import open_year
from shared.kit.clock import system_clock
from shared.kit.settings import Settings
from shared.kit.units import Unit
from shared.sync.years import open_years
from tests.chaos.isolation import Network
from tests.chaos.place import Place
from tests.county import MIGRATE, small_tree

NOTE = "合成数据"


class County:
    """Everything that runs."""

    def __init__(self, folder: Path, *, real: bool) -> None:
        self.folder = folder
        self.network = Network(folder, real)
        self.passwords = load_passwords(folder / "passwords.json")
        port = 7001 if real else _free_port()
        for tier in TIERS:
            self.network.add(tier)
        for child, parent in PARENTS.items():
            self.network.join(parent, child)
        self.places = {tier: Place(tier, folder / tier, self.network, port) for tier in TIERS}
        for child, parent in PARENTS.items():
            self.places[child].parent = self.way(child, parent)

    def way(self, child: str, parent: str) -> str:
        """A parent's address as its child reaches it."""
        host = self.network.address(parent, child)
        return f"http://{host}:{self.places[parent].addresses.port(parent)}"

    def start(self) -> None:
        """Servers, programs, units, people, a year."""
        for place in self.places.values():
            place.start_servers()
        for place in self.places.values():
            MIGRATE[place.tier](Settings.from_env(place.tier, place.environment()))
        for place in self.places.values():
            place.start("web", wait=False)
        for place in self.places.values():
            place.wait_served()
        with self.tiers() as tiers:
            now = system_clock()
            found(tiers, small_tree(), self.passwords, now)
            self._open_year(tiers, now)
            for place in self.places.values():
                place.start("worker", "timers")
            lower = (tiers.township, tiers.branch)
            assert wait_until(lambda: all(map(_knows_a_year, lower)), 90), "the year does not come down"

    def _open_year(self, tiers: Tiers, now: datetime) -> None:
        with within(tiers.county) as session:
            county = session.scalars(select(Unit).where(Unit.level == "county")).one()
            who = actor(session, county, "county_organiser")
            open_year(
                session, who, tiers.county.signer(), year=now.year, ranked=True, synthetic_note=NOTE, now=now
            )

    @contextmanager
    def tiers(self) -> Iterator[Tiers]:
        """The product's own hold on the three, from the harness."""
        made = Tiers.of({tier: place.environment("harness") for tier, place in self.places.items()})
        try:
            yield made
        finally:
            made.close()

    def close(self) -> None:
        """End everything, lowest tier first."""
        for tier in reversed(TIERS):
            self.places[tier].close()
        self.network.close()


def _knows_a_year(runtime: object) -> bool:
    with within(runtime) as session:  # type: ignore[arg-type]
        return bool(open_years(session))


def _free_port() -> int:
    while True:
        port = random.randrange(20000, 32000)
        if all(_free(port + step) for step in range(len(TIERS))):
            return port


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
