"""The whole local stack as one object: start it, ask it, stop it."""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby
from pathlib import Path
from types import TracebackType

from deploy.local import logs, state
from deploy.local.backends import Backends, remove_outside_sockets
from deploy.local.child import Child, Program
from deploy.local.data_directory import DataDirectory
from deploy.local.errors import StackError
from deploy.local.identity import Process
from deploy.local.keeper import Keeper
from deploy.local.ports import require_free
from deploy.local.programs import migrations as tier_migrations
from deploy.local.programs import tier_programs
from deploy.local.readiness import serves, wait_ready
from deploy.local.settings import inherited, tier_environment
from deploy.local.tiers import FIRST_PORT, TIERS, Addresses

Progress = Callable[[str], None]
# Seconds each kind gets to end by itself; web servers give open requests three of theirs.
_GRACE = {"timers": 2.0, "worker": 3.0, "web": 4.0, "redis": 3.0, "postgres": 8.0}


class Stack:
    """PostgreSQL, Redis and the tiers' processes on one data directory; also a context manager.

    `programs` and `migrations` default to the three tiers' own. `environ` is where SANJI_DATABASE_URL
    and SANJI_REDIS_URL (servers that are already there) are looked up. `durable=False` is for tests: a
    crash of the machine, not of a process, may lose what the databases hold. `told`: settings that count
    unless the environment says otherwise.
    """

    def __init__(
        self,
        data: Path,
        *,
        host: str = "127.0.0.1",
        port: int = FIRST_PORT,
        programs: Sequence[Program] | None = None,
        migrations: Sequence[Program] | None = None,
        environ: Mapping[str, str] = os.environ,
        durable: bool = True,
        told: Mapping[str, str] | None = None,
    ) -> None:
        self.data = DataDirectory(data)
        self.addresses = Addresses(host, port)
        self.urls = {tier: self.addresses.url(tier) for tier in TIERS}
        self._programs = tier_programs(self.addresses) if programs is None else programs
        self._migrations = tier_migrations() if migrations is None else migrations
        self._environ, self._durable = {**(told or {}), **environ}, durable
        self._settings: dict[str, dict[str, str]] = {}
        self._backends: Backends | None = None
        self._keeper: Keeper | None = None
        self._hurried = False
        self._mark = f"SANJI_STACK={secrets.token_hex(16)}"

    def start(self, on_progress: Progress = lambda text: None) -> None:
        """Bring everything up; return when the web servers answer. On StackError nothing is left running.

        `on_progress` hears one short sentence per step.
        """
        self.data.open()
        try:
            self._end_leftovers(on_progress)
            require_free(self.addresses)
            keeper = self._keeper = Keeper(self._spawn, self._write_state, self._cap_logs)
            self._start_backends(keeper, on_progress)
            self._migrate(keeper, on_progress)
            self._start_programs(keeper, on_progress)
        except BaseException:
            self.stop()
            raise

    def environment(self, tier: str) -> dict[str, str]:
        """The settings of one tier, as its processes get them (SANJI_<TIER>_…)."""
        return dict(self._settings[tier])

    def processes(self) -> dict[str, state.Running]:
        """Everything kept running: name → process number (`pid`) and `restarts`."""
        return self._keeper.processes() if self._keeper else {}

    def hurry(self) -> None:
        """Stop without waiting for anybody (the second Ctrl-C); callable from a signal handler."""
        self._hurried = True
        if self._keeper:
            self._keeper.hurried.set()

    def stop(self) -> None:
        """End everything in order: timers, workers, web, Redis, PostgreSQL. Harmless when repeated."""
        if self._keeper:
            if self._hurried:
                self._keeper.hurried.set()
            names = reversed(self._keeper.processes())
            for kind, together in groupby(names, key=_kind):
                self._keeper.stop(together, _GRACE.get(kind, 3.0))
            self._keeper.close()
            self._keeper = None
            self.data.state.unlink(missing_ok=True)
        if self._backends:
            self._backends.remove_sockets()
            self._backends = None
        self.data.close()

    def __enter__(self) -> "Stack":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _end_leftovers(self, say: Progress) -> None:
        found = state.read(self.data.state)
        if found is None:
            return
        if ended := state.end_leftovers(found):
            say(f"ended what the last, killed supervisor left: {', '.join(ended)}")
        if found.sockets:
            remove_outside_sockets(self.data, Path(found.sockets))
        self.data.state.unlink()

    def _start_backends(self, keeper: Keeper, say: Progress) -> None:
        backends = self._backends = Backends(self.data, self._environ, durable=self._durable)
        backends.start(keeper, say)
        self._settings = {tier: tier_environment(tier, self.data, backends, self.addresses) for tier in TIERS}

    def _migrate(self, keeper: Keeper, say: Progress) -> None:
        for child in keeper.run_to_end(self._migrations):
            if child.exit_code():
                log = self.data.log(child.program.name)
                raise StackError(
                    f"{child.program.name} failed: {logs.last_line(log)} (see {log}); if another version of"
                    f" Sanji made {self.data.path}, move that folder away or name another with --data"
                )
        say("the databases are migrated")

    def _start_programs(self, keeper: Keeper, say: Progress) -> None:
        """Web servers first: people wait for them, and nine at once keep a small machine busy."""
        for program in (waited_for := [program for program in self._programs if program.ready_url]):
            keeper.add(program)
        for program in waited_for:
            log = self.data.log(program.name)
            wait_ready(keeper, program.name, partial(serves, str(program.ready_url)), log)
            say(f"{program.name} answers")
        for program in self._programs:
            if program not in waited_for:
                keeper.add(program)

    def _spawn(self, program: Program) -> Child:
        log = self.data.log(program.name)
        logs.cap(log)
        settings = self._settings[program.tier] if program.tier else {}
        told = program.environment or inherited(self._environ) | settings
        return Child(program, log, {**told, **dict([self._mark.split("=")])}, self.data.path)

    def _write_state(self) -> None:
        sockets = self._backends.sockets if self._backends else None
        me = Process.of(os.getpid())
        told = state.State(
            pid=me.pid,
            started=me.started,
            mark=self._mark,
            sockets=str(sockets or ""),
            urls=self.urls,
            environment=self._settings,
            processes=self.processes(),
        )
        with suppress(OSError):  # a full disk must not end the supervision
            state.write(self.data.state, told)

    def _cap_logs(self) -> None:
        for name in self.processes():
            with suppress(OSError):
                logs.cap(self.data.log(name))


def _kind(name: str) -> str:
    return name.rpartition("-")[2]
