"""What the simulator remembers: operations with their outcome, faults that wait, backups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from tests.simulator.tables import Tables


@dataclass
class Operation:
    """Something somebody did. `holders`: the places that should have it in the end, and in which table.

    `outcome`: ok (told so), unknown (no answer, or lost with a database and its newest backup), failed.
    """

    word: str
    kind: str
    place: str
    unit: UUID
    holders: Mapping[str, str]
    forged: bool = False
    outcome: str = "unknown"


@dataclass
class Fault:
    """Strikes at the step number `at` of whatever the place does next."""

    kind: str
    at: int


@dataclass(frozen=True)
class Backup:
    """A place's tables as they were."""

    tables: Tables
