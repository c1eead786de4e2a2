"""One real PostgreSQL and Redis for a test run (each xdist worker has its own): the fixture `servers`.

`tests/conftest.py` makes it known to every room:

    def test_something(servers):
        app, ingest, owner = servers.database_urls("county")          # made once, then the same again
        empty = servers.database_urls("county", "empty")              # another database, same roles
        servers.redis_url("county"); servers.secrets("county")["queue_key"]
"""

import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from deploy.local import postgres, redis_server
from deploy.local.child import Child, Program
from deploy.local.databases import DatabaseUrls, provision
from deploy.local.secret_values import new_secrets
from deploy.local.server_user import server_user
from deploy.local.waiting import wait_until


class Servers:
    """A PostgreSQL and a Redis that forget everything at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._secrets = new_secrets()
        self._user = server_user(folder / "postgres")
        self.sockets = self._user.own(folder / "sockets")
        self.admin_url = postgres.admin_url(self.sockets, self._secrets["postgres"])
        self._children: list[Child] = []
        # Each address is asked for once; a database is made at the first question.
        self.database_urls = cache(self._database_urls)

    def start(self) -> None:
        """Start both and wait until they answer."""
        programs = postgres.programs_for(self._user, postgres.packaged_programs(), self.folder)
        cluster = self.folder / "postgres" / "pgdata"
        password = self._secrets["postgres"]
        postgres.initialise(programs, cluster, password, self._user, sync=False)
        settings = {**postgres.SETTINGS, **postgres.FORGETFUL}
        self._run(postgres.program(programs, cluster, self.sockets, self._user, settings))
        executable = redis_server.program_for(self._user, self.folder)
        folder, secret = self.folder / "redis", self._secrets["redis"]
        self._run(redis_server.program(executable, folder, self.sockets, secret, self._user, keep=False))
        assert wait_until(lambda: postgres.answers(self.sockets, password), 30), "PostgreSQL is not up"
        assert wait_until(lambda: redis_server.answers(self.redis_url("county")), 30), "Redis is not up"

    def stop(self) -> None:
        """End both."""
        for child in self._children:
            child.stop()
        for child in self._children:
            wait_until(lambda child=child: not child.running(), 10)
            child.signal(signal.SIGKILL)

    def _database_urls(self, tier: str, name: str = "") -> DatabaseUrls:
        database = f"sanji_{tier}_{name}" if name else f"sanji_{tier}"
        return provision(self.admin_url, tier, self._secrets[tier], database)

    def redis_url(self, tier: str) -> str:
        """The tier's Redis address."""
        return redis_server.url(self.sockets, self._secrets["redis"], tier)

    def secrets(self, tier: str) -> Mapping[str, str]:
        """The tier's `secret_key`, `queue_key` and the passwords of its roles."""
        return self._secrets[tier]

    def _run(self, program: Program) -> None:
        log = self.folder / f"{program.name}.log"
        self._children.append(Child(program, log, program.environment, self.folder))


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """A PostgreSQL and a Redis for this worker's whole run."""
    folder = Path(tempfile.mkdtemp(prefix="sanji-test-"))
    folder.chmod(0o711)  # the servers run as another user when we are root
    running = Servers(folder)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)
