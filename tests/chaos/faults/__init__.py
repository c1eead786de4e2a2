"""The faults, by the names of the specification, in its order. Each strikes while clients are at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.chaos.clients import Load
from tests.chaos.county import County
from tests.chaos.records import Operations, Struck


@dataclass
class Stage:
    """What a fault is given: the county, its clients at work, where to say that it struck."""

    county: County
    operations: Operations
    load: Load
    chance: Random
    brief: bool = False
    """A short form, for the suite."""
    struck: Struck = field(default_factory=Struck)


Fault = Callable[[Stage], None]
