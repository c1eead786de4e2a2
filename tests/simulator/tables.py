"""Tables in memory with transactions: a committed table is never changed, so a backup costs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Tables = Mapping[str, Mapping[Any, Any]]


class Transaction:
    """Reads see its own writes; `tables` is what a commit leaves."""

    def __init__(self, tables: Tables) -> None:
        self.tables: dict[str, Any] = dict(tables)
        self.changed = False
        self._mine: set[str] = set()

    def read(self, name: str) -> Mapping[Any, Any]:
        """A table as it stands."""
        return self.tables.setdefault(name, {})

    def write(self, name: str) -> dict[Any, Any]:
        """A table of our own, to be changed."""
        if name not in self._mine:
            self.tables[name] = dict(self.read(name))
            self._mine.add(name)
            self.changed = True
        found: dict[Any, Any] = self.tables[name]
        return found

    def number(self, name: str) -> int:
        """The next number of a sequence."""
        sequences = self.write("sequences")
        sequences[name] = sequences.get(name, 0) + 1
        return int(sequences[name])

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone alone if it raises."""
        saved = dict(self.tables)
        self._mine = set()
        try:
            yield
        except BaseException:
            self.tables, self._mine = saved, set()
            raise
