"""One tier with everything of its own: disk, PostgreSQL, Redis, web server, worker, timers, namespace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from deploy.local import postgres, redis_server
from deploy.local.child import Child, Program
from deploy.local.databases import DatabaseUrls, connect, provision
from deploy.local.identity import Process
from deploy.local.keeper import Keeper
from deploy.local.programs import migrations, tier_programs
from deploy.local.readiness import serves, wait_ready
from deploy.local.secret_values import load_or_create_node_key, new_secrets
from deploy.local.server_user import server_user
from deploy.local.settings import inherited
from deploy.local.tiers import Addresses
from deploy.local.waiting import wait_until
from tests.chaos.isolation import Network, let_go, small_disk

KINDS = ("web", "worker", "timers")
SERVED_WITHIN = 90.0
"""Seconds, on a machine that is busy with more than this."""
DISK = 320
"""Megabytes of a tier's disk for its databases."""
# A small log, so that a small disk holds it; checkpoints keep it so.
LOG = {"max_wal_size": "64MB", "min_wal_size": "32MB", "max_connections": "60"}
ROOT = Path(__file__).parents[2]


class Place:
    """A tier on a machine of its own, as far as one box can give it one."""

    def __init__(self, tier: str, folder: Path, network: Network, port: int) -> None:
        self.tier, self.folder, self.network = tier, folder, network
        self.addresses = Addresses("0.0.0.0" if network.real else "127.0.0.1", port)
        self.parent = ""
        self.told: dict[str, dict[str, str]] = {}
        """More settings of single programs, by kind: a wrong clock, another tree."""
        self.instead: dict[str, tuple[str, ...]] = {}
        """Another command for a kind of program: a planted bug."""
        self.spread: tuple[str, ...] = KINDS
        self._secrets = new_secrets()
        self.keeper = Keeper(self._spawn, lambda: None, lambda: None)
        self.urls: DatabaseUrls
        self.folder.mkdir(mode=0o711)

    # --- its servers

    def start_servers(self) -> None:
        """A database cluster on a disk of its own, and a Redis."""
        cluster = self.folder / "postgres"
        cluster.mkdir(mode=0o711)
        if self.network.real:
            small_disk(cluster, DISK)
        self.user = server_user(cluster / "pgdata")
        self.sockets = self.user.own(self.folder / "sockets")
        self._programs = postgres.programs_for(self.user, postgres.packaged_programs(), self.folder)
        password = self._secrets["postgres"]
        postgres.initialise(self._programs, cluster / "pgdata", password, self.user, sync=False)
        self.start_postgres()
        self.start_redis(keep=True)
        self.urls = provision(self.admin_url, self.tier, self._secrets[self.tier], f"sanji_{self.tier}")

    def start_postgres(self) -> None:
        """Bring the database up and wait for it."""
        settings = {**postgres.SETTINGS, **LOG, **({} if self.network.real else postgres.FORGETFUL)}
        cluster = self.folder / "postgres" / "pgdata"
        self.keeper.add(postgres.program(self._programs, cluster, self.sockets, self.user, settings))
        wait_ready(self.keeper, "postgres", self.database_answers, self.log("postgres"))

    def start_redis(self, *, keep: bool) -> None:
        """Bring Redis up; `keep`: with a log of its own on disk."""
        executable = redis_server.program_for(self.user, self.folder)
        folder, password = self.folder / "redis", self._secrets["redis"]
        self.keeper.add(
            redis_server.program(executable, folder, self.sockets, password, self.user, keep=keep)
        )
        wait_ready(self.keeper, "redis", lambda: redis_server.answers(self.redis_url), self.log("redis"))

    @property
    def admin_url(self) -> str:
        """The superuser's address."""
        return postgres.admin_url(self.sockets, self._secrets["postgres"])

    @property
    def redis_url(self) -> str:
        """The tier's Redis."""
        return redis_server.url(self.sockets, self._secrets["redis"], self.tier)

    def database_answers(self) -> bool:
        """Does PostgreSQL take connections?"""
        return postgres.answers(self.sockets, self._secrets["postgres"])

    def database(self) -> psycopg.Connection[Any]:
        """The tier's database as superuser, every statement committed at once."""
        return connect(self.admin_url.replace("/postgres?", f"/sanji_{self.tier}?"))

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of one query."""
        with self.database() as session:
            return session.execute(query, values).fetchall()  # type: ignore[arg-type]

    # --- its programs

    def environment(self, seen_from: str = "") -> dict[str, str]:
        """Its settings; `seen_from`: with the parent's address as it is reached from elsewhere."""
        secrets, key = self._secrets[self.tier], self.folder / "node.pem"
        parent = self.parent
        if seen_from and parent:
            above = {"township": "county", "branch": "township"}[self.tier]
            host = self.network.address(above, seen_from)
            parent = f"http://{host}:{self.addresses.first_port + self._port_of(above)}"
        values = {
            "DATABASE_URL": self.urls.app,
            "INGEST_DATABASE_URL": self.urls.ingest,
            "OWNER_DATABASE_URL": self.urls.owner,
            "REDIS_URL": self.redis_url,
            "SECRET_KEY": secrets["secret_key"],
            "QUEUE_KEY": secrets["queue_key"],
            "NODE_KEY_FILE": str(load_or_create_node_key(key)),
            "PUBLIC_URL": self.url,
            "PARENT_URL": parent,
        }
        return {f"SANJI_{self.tier.upper()}_{name}": value for name, value in values.items() if value}

    @staticmethod
    def _port_of(tier: str) -> int:
        return Addresses(first_port=0).port(tier)

    @property
    def url(self) -> str:
        """Where the harness and its clients reach it."""
        return f"http://{self.network.address(self.tier, 'harness')}:{self.addresses.port(self.tier)}"

    def migrate(self) -> None:
        """Bring the database to the state of the code that `told` names."""
        program = next(one for one in migrations() if one.tier == self.tier)
        (done,) = self.keeper.run_to_end([program])
        assert done.exit_code() == 0, self.log(program.name).read_text()

    def start(self, *kinds: str, wait: bool = True) -> None:
        """Start these programs (all without a name); `wait` until the web server answers."""
        made = {one.name: one for one in tier_programs(self.addresses)}
        for kind in kinds or self.spread:
            program = made[f"{self.tier}-{kind.removesuffix('2')}"]
            command = (*self.network.command(self.tier), *self.instead.get(kind, program.command))
            self.keeper.add(replace(program, name=f"{self.tier}-{kind}", command=command))
        if wait and "web" in (kinds or self.spread):
            self.wait_served()

    def wait_served(self) -> None:
        """Wait until people are served, however often it has died."""
        log = self.log(f"{self.tier}-web")
        assert wait_until(lambda: serves(f"{self.url}/ready"), SERVED_WITHIN), log.read_text()[-2000:]

    def plant(self, kind: str, app: str) -> None:
        """Run another application from this checkout instead of the product's: a bug to be seen."""
        program = next(one for one in tier_programs(self.addresses) if one.name == f"{self.tier}-{kind}")
        self.instead[kind] = (*program.command[:-1], app)
        self.told[kind] = {"PYTHONPATH": str(ROOT)}
        self.restart(kind)

    def stop(self, *kinds: str, seconds: float = 8.0) -> None:
        """End these programs (all without a name); they stay ended."""
        self.keeper.stop([f"{self.tier}-{kind}" for kind in kinds or (*KINDS, "worker2")], seconds)

    def restart(self, *kinds: str) -> None:
        """Stop and start."""
        self.stop(*kinds)
        self.start(*kinds)

    def process(self, kind: str) -> Process:
        """Which process runs now; `kind` as in its name, or `postgres`, `redis`."""
        name = kind if kind in ("postgres", "redis") else f"{self.tier}-{kind}"
        return self.keeper.processes()[name].process

    def kill(self, kind: str, sign: int = signal.SIGKILL) -> int:
        """Strike a process and see it die; its number. The keeper starts it again."""
        struck = self.process(kind)
        os.kill(struck.pid, sign)
        assert wait_until(lambda: not struck.alive(), 10), f"{self.tier} {kind} {struck.pid} does not die"
        return struck.pid

    def wait_back(self, kind: str, pid: int, seconds: float = 60.0) -> None:
        """Wait until the keeper has started it anew."""
        assert wait_until(lambda: self.process(kind).pid != pid, seconds), f"{self.tier} {kind} stays away"

    def log(self, name: str) -> Path:
        """What a program has said."""
        return self.folder / f"{name}.log"

    def run(self, *command: str, environments: Sequence[dict[str, str]] = ()) -> tuple[int, str]:
        """A `sanji` command with this tier's settings (and others'): its exit code, what it said."""
        told = inherited(os.environ) | self.environment("harness")
        for more in environments:
            told |= more
        done = subprocess.run(
            [sys.executable, "-P", "-m", "deploy", *command],
            env=told, cwd=self.folder, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def close(self) -> None:
        """End everything in order."""
        self.stop(seconds=4.0)
        for name in ("redis", "postgres"):
            self.keeper.stop([name], 8.0)
        self.keeper.close()
        let_go(self.folder / "postgres")

    @contextmanager
    def without(self, *kinds: str) -> Iterator[None]:
        """Without these programs for a while."""
        self.stop(*kinds)
        yield
        self.start(*kinds)

    def _spawn(self, program: Program) -> Child:
        kind = program.name.removeprefix(f"{self.tier}-")
        settings = self.environment() if program.tier else {}
        settings |= {"SANJI_SECOND_FACTOR": "optional"}  # clients have passwords and no telephones
        told = program.environment or inherited(os.environ) | settings | self.told.get(kind, {})
        return Child(program, self.log(program.name), told, self.folder)
