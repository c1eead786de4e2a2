"""What a demo's county is made of: its tree, and who belongs to each branch."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.tree import Tree

PER_VILLAGE = 20
YEAR_MONTHS = 12


@dataclass(frozen=True)
class Head:
    """A branch's field and head count; `floating` None: by chance."""

    field: str = "rural"
    members: int = PER_VILLAGE
    floating: int | None = None


@dataclass(frozen=True)
class Shape:
    """A profile of the demo. `months` are filed and closed; after twelve the year is appraised and decided.

    `contest`: whether its branches are villages that compete.
    """

    name: str
    tree: Tree
    months: int
    contest: bool = True
    heads: Mapping[str, Head] = field(default_factory=dict)

    def head(self, code: str) -> Head:
        """One branch's field and numbers."""
        return self.heads.get(code, Head())
