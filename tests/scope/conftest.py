"""The county of canaries: played once by a worker, a copy for each file."""

import os
from collections.abc import Iterator

import pytest

from tests.county import County
from tests.scope.playing import played
from tests.servers import Servers


@pytest.fixture(scope="module")
def canaries(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[County]:
    """The county of canaries at the end of its year."""
    name = f"c{os.getpid()}_{request.module.__name__.rsplit('.')[-1]}"
    made = played(servers, tmp_path_factory.mktemp("canaries"), name)
    yield made
    made.close()
