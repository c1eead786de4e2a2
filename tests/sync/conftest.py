"""The world of nodes every sync test plays in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sync.world import World


@pytest.fixture(scope="session")
def one_world(servers: Any) -> Iterator[World]:
    """Databases and connections, made once."""
    world = World(servers)
    yield world
    world.close()


@pytest.fixture
def world(one_world: World) -> World:
    """Four nodes, enrolled, with nothing said yet."""
    one_world.begin()
    return one_world
