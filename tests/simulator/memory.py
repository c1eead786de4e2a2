"""The store of shared/sync/store.py in memory, as shared/sync/sql_store.py is it in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from tests.simulator.books import HeadRows, InRows, OutRows
from tests.simulator.registry import RegistryRows
from tests.simulator.tables import Tables, Transaction


class Stopped(Exception):
    """The database server went away, or its disk is full: nothing of the transaction is kept."""


class Crash(BaseException):
    """The process is gone at this step."""


class MemoryLedger(HeadRows, OutRows, InRows, RegistryRows):
    """One open transaction. `session` is the transaction itself: business code writes its rows with it."""

    def __init__(self, transaction: Transaction, cluster: str) -> None:
        self.session = transaction
        self._cluster = cluster

    def savepoint(self) -> AbstractContextManager[Any]:
        """What happens inside is undone alone if it raises."""
        return self.session.savepoint()

    def life(self) -> str:
        """Which run of history the contents belong to."""
        return self._cluster

    def restored(self) -> bool:
        """Whether the contents come from a backup restored since this was last asked and committed."""
        meta = self.session.write("meta")
        last = meta.get("cluster")
        meta["cluster"] = self._cluster
        return last is not None and last != self._cluster


class MemoryStore:
    """Opens transactions one at a time. What the simulator does to it is in the attributes.

    `between` is called before each transaction, where other processes may act; `strike` at every step of one
    and on both sides of its commit, where the process or the server may fail; `outlived` where a process
    comes to its end without the lock that it began with.
    """

    transient: tuple[type[Exception], ...] = (Stopped,)

    def __init__(self) -> None:
        self.tables: Tables = {}
        self.cluster, self.started = 1, 1
        self.locks: dict[str, int] = {}
        self.between: Callable[[], None] = lambda: None
        self.strike: Callable[[str], None] = lambda step: None
        self.outlived: Callable[[], None] = lambda: None

    @contextmanager
    def work(self) -> Iterator[Any]:
        """A transaction of the application role."""
        self.between()
        self.strike("begin")
        transaction = Transaction(self.tables)
        before = self.tables
        yield Stepping(MemoryLedger(transaction, str(self.cluster)), self.strike)
        self.strike("commit" if transaction.changed else "read")
        assert self.tables is before, "two transactions were open at once"
        self.tables = transaction.tables
        self.strike("committed")

    ingest = work

    @contextmanager
    def exclusive(self, name: str) -> Iterator[bool]:
        """The lock of that name, held until the block ends or the server stops."""
        session = self.started
        got = self.locks.get(name) != session
        if got:
            self.locks[name] = session
        try:
            yield got
            if got and self.locks.get(name) != session:
                self.outlived()
        finally:
            if got and self.locks.get(name) == session:
                del self.locks[name]

    def incarnation(self) -> str:
        """Changes whenever the server was started anew."""
        return str(self.started)

    def stop(self) -> None:
        """The server starts anew: its locks are gone."""
        self.started += 1
        self.locks = {}

    def restore(self, tables: Tables, *, noticed: bool) -> None:
        """Go back to a backup. `noticed`: the cluster tells that it was restored."""
        self.tables = tables
        self.cluster += noticed
        self.stop()


class Stepping:
    """A ledger whose every call is a step at which something may strike."""

    def __init__(self, inner: MemoryLedger, strike: Callable[[str], None]) -> None:
        self._inner, self._strike = inner, strike
        self.session = inner.session

    def __getattr__(self, name: str) -> Any:
        self._strike(name)
        return getattr(self._inner, name)
