"""Two worlds that differ only outside somebody's sight give him the same answers, byte for byte.

Counts, orders, names, points and every third row elsewhere differ; headers are compared as well.
"""

import os
from difflib import unified_diff

import pytest

from tests.scope.crawl import Crawl
from tests.scope.playing import played
from tests.scope.tree import A1, A3, ABOVE, B1, GENERAL, A, B
from tests.scope.who import ACTORS
from tests.scope.worlds import other_world, shuffled

WHOLE = os.environ.get("SANJI_SCOPE") == "whole"
SEEN_BY = [("branch", A1), ("township", A)]
MORE = [("branch", A3), ("branch", B1), ("branch", GENERAL), ("township", B)]


@pytest.fixture(params=SEEN_BY + (MORE if WHOLE else []), ids=str)
def world(servers, tmp_path, request):
    """A copy of the county of canaries, and whose sight it is changed around."""
    tier, unit = request.param
    county = played(servers, tmp_path, f"w{os.getpid()}_{unit}")
    yield county, tier, unit
    county.close()


def test_what_lies_outside_the_scope_changes_no_byte_of_any_answer(world):
    county, tier, unit = world
    crawl = Crawl(county, tier)
    asking = [one for one in ACTORS[tier] if one.unit == unit][: None if WHOLE else 1]
    before = {}
    for actor in asking:
        crawl.follow(actor, 4 if WHOLE else 1)
        mine = [one for found in crawl.found.values() for one, who in found.items() if actor in who]
        for address in shuffled(mine, len(mine) if WHOLE else 30, seed=4):
            if not crawl.endpoint(address).startswith("metrics"):
                before[actor, address] = crawl.plain(crawl.get(actor, address))
    changed = other_world(county, tier, unit, ABOVE[unit])
    assert sum(map(bool, changed.values())) > 15, "the other world is the same"
    differing = []
    for (actor, address), told in before.items():
        now = crawl.plain(crawl.get(actor, address))
        if now != told:
            lines = list(unified_diff(told[1].split("\n"), now[1].split("\n"), n=0))[3:7]
            differing.append(f"{address} as {actor}: {lines}"[:700])
    assert not differing, "\n".join(differing)
