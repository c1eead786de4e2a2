"""PostgreSQL and Redis for the three tiers: the embedded ones under the keeper, or outside ones."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.local import databases, outside, postgres, redis_server
from deploy.local.data_directory import DataDirectory
from deploy.local.databases import DatabaseUrls
from deploy.local.errors import StackError
from deploy.local.keeper import Keeper
from deploy.local.readiness import wait_ready
from deploy.local.secret_values import load_or_create_secrets
from deploy.local.server_user import server_user
from deploy.local.tiers import TIERS

Progress = Callable[[str], None]


class Backends:
    """After `start`: `databases` and `redis` hold each tier's addresses, `sockets` the servers' folder."""

    def __init__(self, data: DataDirectory, environ: Mapping[str, str], *, durable: bool = True) -> None:
        self._data, self._durable = data, durable
        self._database_setting = environ.get("SANJI_DATABASE_URL")
        self._redis_setting = environ.get("SANJI_REDIS_URL")
        self._user = server_user(data.cluster)
        self.secrets = load_or_create_secrets(data.secrets)
        self.sockets: Path | None = None
        self.databases: dict[str, DatabaseUrls] = {}
        self.redis: dict[str, str] = {}

    def start(self, keeper: Keeper, say: Progress) -> None:
        """Bring up or look up both, with every tier's roles and databases."""
        if not (self._database_setting and self._redis_setting):
            self._choose_sockets(say)
        if self._database_setting:
            self.databases = outside.provision(outside.admin_url(self._database_setting), self.secrets)
        else:
            self._start_postgres(keeper, say)
        say("PostgreSQL is up")
        if self._redis_setting:
            self.redis = outside.redis_urls(self._redis_setting)
        else:
            self._start_redis(keeper)
        say("Redis is up")

    def remove_sockets(self) -> None:
        """Remove the sockets' folder where it lies outside the data directory."""
        if self.sockets is not None:
            remove_outside_sockets(self._data, self.sockets)

    def _choose_sockets(self, say: Progress) -> None:
        self._data.admit(self._user)
        self.sockets = self._data.sockets(self._user)
        if self.sockets.parent != self._data.path:
            say(f"the data directory's path is too long for sockets; they are in {self.sockets}")

    def _start_postgres(self, keeper: Keeper, say: Progress) -> None:
        assert self.sockets is not None
        data, password = self._data, self.secrets["postgres"]
        programs = postgres.programs_for(self._user, postgres.packaged_programs(), data.spare)
        self._prepare_cluster(programs, say)
        settings = postgres.SETTINGS if self._durable else {**postgres.SETTINGS, **postgres.FORGETFUL}
        keeper.add(postgres.program(programs, data.cluster, self.sockets, self._user, settings))
        sockets = self.sockets
        wait_ready(keeper, "postgres", lambda: postgres.answers(sockets, password), data.log("postgres"))
        admin = postgres.admin_url(sockets, password)
        self.databases = {
            tier: databases.provision(admin, tier, self.secrets[tier], f"sanji_{tier}") for tier in TIERS
        }

    def _prepare_cluster(self, programs: Path, say: Progress) -> None:
        marked, major = self._data.cluster_version(), postgres.major_version(programs)
        if marked is None:
            say("making the databases' files (first start)")
            password = self.secrets["postgres"]
            postgres.initialise(programs, self._data.cluster, password, self._user, sync=self._durable)
            self._data.mark_cluster(major)
        elif marked != major:
            raise StackError(
                f"{self._data.path} was made by PostgreSQL {marked}, this Sanji brings PostgreSQL {major}; "
                "move the data over with pg_dump, or choose another folder with --data"
            )

    def _start_redis(self, keeper: Keeper) -> None:
        assert self.sockets is not None
        data, password, sockets = self._data, self.secrets["redis"], self.sockets
        executable = redis_server.program_for(self._user, data.spare)
        keeper.add(redis_server.program(executable, data.redis, sockets, password, self._user))
        self.redis = {tier: redis_server.url(sockets, password, tier) for tier in TIERS}
        first = self.redis[TIERS[0]]
        wait_ready(keeper, "redis", lambda: redis_server.answers(first), data.log("redis"))


def remove_outside_sockets(data: DataDirectory, sockets: Path) -> None:
    """Remove a folder `DataDirectory.sockets` made under the system's temporary folder."""
    if sockets.parent != data.path and sockets.name.startswith("sanji-") and not sockets.is_symlink():
        shutil.rmtree(sockets, ignore_errors=True)
