"""A small county on three real databases: two townships, six villages, everyone enrolled, nothing said yet.

def test_something(county):
    county.play("verified")                      # the demo's own steps, up to a stage
    county.settle()                              # run push and pull until nothing moves
    with county.tiers.branch.database.transaction(EVERYTHING) as session: ...
    client = county.client("branch", "321323001001")   # a signed-in Flask test client
"""

import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import select

from deploy.demo.founding import found
from deploy.demo.people import load_passwords
from deploy.demo.tiers import Tiers, within
from deploy.demo.year import Year
from deploy.local.databases import connect
from deploy.tree import Place, Tree
from services.branch.migrate import migrate_tier as migrate_branch
from services.county.migrate import migrate_tier as migrate_county
from services.township.migrate import migrate_tier as migrate_township
from shared.kit.settings import Settings
from shared.kit.units import Unit
from shared.sync.direct import DirectTransport
from shared.sync.pulling import pull
from shared.sync.pushing import push
from shared.sync.runtime import Runtime
from tests.servers import Servers

MIGRATE = {"county": migrate_county, "township": migrate_township, "branch": migrate_branch}
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
SEED = 7
# The first county of a worker is founded; its databases are the templates of all that follow.
FOUNDED = "founded"
# The stages of the demo's year, in order; `play` stops after the one named.
STAGES = ("opened", "filed", "verified", "tried", "public", "published")

# The jobs that carry between tiers, from below and back again. When one has moved something, those that look
# at what it changed are run again; a job that would find everything as it left it is not.
AGAIN = {
    (push, "branch"): {(push, "township"), (pull, "branch")},
    (push, "township"): {(pull, "township")},
    (pull, "township"): {(push, "township"), (pull, "township"), (pull, "branch")},
    (pull, "branch"): {(push, "branch"), (pull, "branch")},
}


def small_tree() -> Tree:
    """Two townships of three villages each (codes and names in the shape of real ones, invented)."""
    townships = (Place("321323001", "甲镇"), Place("321323002", "乙街道"))
    villages = {
        one.code: tuple(
            Place(f"{one.code}{number:03}", f"{one.name[0]}{number}村") for number in (201, 202, 203)
        )
        for one in townships
    }
    return Tree(Place("321323", "演示县"), townships, villages, "small")


class County:
    """Three tiers in one process; the wire between them is a function call, all else is as in production."""

    def __init__(self, servers: Servers, folder: Path, name: str, *, copied: bool = True) -> None:
        self.servers, self.folder, self.name, self.now = servers, folder, name, NOW
        if copied:
            if not (servers.folder / FOUNDED).exists():
                self.found(servers, servers.folder / FOUNDED)
            self._copy(FOUNDED)
        self._open()

    def _open(self) -> None:
        name, folder = self.name, self.folder
        self._apps: dict[str, Any] = {}
        self.settings = {tier: self._settings(tier, name) for tier in MIGRATE}
        made: dict[str, Runtime] = {
            tier: import_module(f"services.{tier}.runtime").runtime(self.settings[tier]) for tier in MIGRATE
        }
        made["township"].node.transport = DirectTransport(made["county"].node)
        made["branch"].node.transport = DirectTransport(made["township"].node)
        self.tiers = Tiers(**made)
        self.passwords = load_passwords(folder / f"{name}-passwords.json")
        self.year = SmallYear(self.tiers, SEED, 6)
        self.year.settle = self.settle

    @classmethod
    def found(cls, servers: Servers, folder: Path) -> None:
        """Migrate three databases, plant the tree, enrol the nodes, give everybody an account."""
        folder.mkdir()
        cls.of(servers, folder, FOUNDED, small_tree()).close()

    @classmethod
    def of(cls, servers: Servers, folder: Path, name: str, tree: Tree) -> "County":
        """A county of another tree: migrated and founded anew, which takes some seconds."""
        made = cls(servers, folder, name, copied=False)
        for tier, migrate in MIGRATE.items():
            migrate(made.settings[tier])
        found(made.tiers, tree, made.passwords, NOW)
        return made

    def as_left_by(self, name: str, play: Callable[["County"], Any]) -> Any:
        """Become a county as `play` leaves one just founded; what `play` gave, which is plain data.

        A worker plays each `name` once, in a county that nobody touches afterwards: every file has its copy.
        """
        first = self.servers.folder / name
        if not (left := first / "left").exists():
            first.mkdir(exist_ok=True)
            played = County(self.servers, first, name)
            given = play(played)
            played.close()
            left.write_bytes(pickle.dumps((played.now, given)))
        self.close()
        self._copy(name)
        self._open()
        self.now, given = pickle.loads(left.read_bytes())
        return given

    def _copy(self, first: str) -> None:
        """Keys, passwords and databases of another county: far quicker than founding one."""
        for path in (self.servers.folder / first).glob(f"*{first}*"):
            shutil.copy(path, self.folder / path.name.replace(first, self.name))
        with connect(self.servers.admin_url) as server:
            for tier in MIGRATE:
                database, owner = f"sanji_{tier}_{self.name}", f"{tier}_owner"
                server.execute(f"DROP DATABASE IF EXISTS {database}")
                # As files: small ones cost a third of what going through the log does.
                template = f"TEMPLATE sanji_{tier}_{first} STRATEGY file_copy OWNER {owner}"
                server.execute(f"CREATE DATABASE {database} {template}")

    def _settings(self, tier: str, name: str) -> Settings:
        urls, secrets = self.servers.database_urls(tier, name), self.servers.secrets(tier)
        return Settings(
            tier=tier,
            database_url=urls.app,
            ingest_database_url=urls.ingest,
            owner_database_url=urls.owner,
            redis_url=self.servers.redis_url(tier),
            secret_key=secrets["secret_key"],
            queue_key=secrets["queue_key"],
            node_key_file=self.folder / f"{tier}-{name}.pem",
            public_url="http://127.0.0.1",
            parent_url=None,
            clock=lambda: self.now,
            secure_cookies=False,
        )

    def settle(self) -> None:
        """Run the sync jobs of both children until nothing moves."""
        due = set(AGAIN)
        while due:
            work, child = job = next(one for one in AGAIN if one in due)
            due.remove(job)
            if work(getattr(self.tiers, child).node).moved:
                due |= AGAIN[job]

    def play(self, until: str) -> None:
        """Play the demo's year up to and including a stage."""
        self.year.play_until(until)
        self.settle()

    def app(self, tier: str) -> Any:
        """The tier's Flask application, made once."""
        cached = self._apps
        if tier not in cached:
            cached[tier] = import_module(f"services.{tier}.app").create_app(self.settings[tier])
            cached[tier].config.update(WTF_CSRF_ENABLED=False, TESTING=False)
            # A worker compiles a template once, not once a file.
            compiled = self.servers.folder / f"templates-{tier}"
            compiled.mkdir(exist_ok=True)
            cached[tier].jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
        return cached[tier]

    def client(self, tier: str, login: str, role: str | None = None) -> FlaskClient:
        """A signed-in test client; `role` names the password (default: the tier's only or first role)."""
        from deploy.demo.people import ROLES

        suffixes = {suffix: name for name, (suffix, _title) in ROLES[tier].items()}
        role = role or suffixes[login.partition("-")[2]]
        client: FlaskClient = self.app(tier).test_client()
        answer = client.post("/login", data={"login": login, "password": self.passwords[role]})
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return client

    def unit(self, tier: str, code: str) -> Unit:
        """A unit by its code, as one tier knows it."""
        with within(getattr(self.tiers, tier)) as session:
            return session.scalars(select(Unit).where(Unit.code == code)).one()

    def later(self, **delta: float) -> None:
        """Let the clock go on."""
        self.now += timedelta(**delta)

    def close(self) -> None:
        """Let the databases go."""
        self.tiers.close()
        for app in self._apps.values():
            app.extensions["sanji.database"].dispose()


class SmallYear(Year):
    """The demo's year, with the wire run by hand instead of by workers."""

    def play_until(self, stage: str) -> None:
        """Play the parts up to and including `stage`; parts done before change nothing."""
        parts = dict(zip(STAGES, self.parts(), strict=True))
        for name in STAGES[: STAGES.index(stage) + 1]:
            parts[name]()

    def wait_for(self, what: str, done: Any, total: int) -> None:
        """Nothing else moves the wire here."""
        self.settle()
        count = done()
        assert count >= total, f"{what}: {count} of {total}"


_numbers = iter(range(1, 10**6))


@pytest.fixture(scope="module")
def county(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A fresh small county for one test module."""
    made = County(servers, tmp_path_factory.mktemp("county"), f"m{os.getpid()}_{next(_numbers)}")
    yield made
    made.close()
