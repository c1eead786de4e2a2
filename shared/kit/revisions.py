"""Which version a tier's database is at, beside what this code brings; without Alembic, for web servers."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

_SAID = re.compile(r"^(revision|down_revision)\b[^=]*=\s*[\"']([^\"']+)[\"']", re.MULTILINE)


class Schema(StrEnum):
    """How a database stands to this code. Migrations are linear, so an unknown version is a later one."""

    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"


@dataclass(frozen=True)
class Revisions:
    """The versions that this code brings, and its newest."""

    known: frozenset[str]
    head: str

    def stands(self, found: Collection[str]) -> Schema:
        """Where a database stands at version `found`; one without any was never migrated."""
        if self.head in found:
            return Schema.CURRENT
        return Schema.AHEAD if set(found) - self.known else Schema.BEHIND


@cache
def revisions(tier: str) -> Revisions:
    """Read from the tier's migrations; ValueError unless exactly one of them is the newest."""
    folder = files(f"services.{tier}") / "migrations" / "versions"
    said = [dict(_SAID.findall(one.read_text())) for one in folder.iterdir() if one.name.endswith(".py")]
    known = frozenset(one["revision"] for one in said if "revision" in one)
    heads = list(known - {one.get("down_revision") for one in said})
    if len(heads) != 1:
        raise ValueError(f"the {tier}'s migrations have {len(heads)} newest versions")
    return Revisions(known, heads[0])
