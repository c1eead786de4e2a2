"""What units have earned, worked out by the rule in two tiers from what each holds: the same in both (I6)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from deploy.demo.tiers import Tiers, within
from services.branch.organisation.models import TABLES as BRANCH
from services.township.organisations.models import TABLES as TOWNSHIP
from shared.organisations.ledger import Tables, standings, year_of_unit
from shared.sync.runtime import Runtime
from shared.sync.years import open_years


def recount(tiers: Tiers) -> list[str]:
    """Where branch and township come to different sums, in words."""
    here, above = _sums(tiers.branch, BRANCH), _sums(tiers.township, TOWNSHIP)
    return [
        f"the points of {unit} come to {here.get(unit)} at the branch and {above.get(unit)} at the township"
        for unit in sorted(here.keys() | above.keys())
        if here.get(unit) != above.get(unit)
    ]


def _sums(runtime: Runtime, tables: Tables) -> dict[UUID, tuple[int, int]]:
    """Per unit: hundredths, and how many entries were approved."""
    rows: dict[UUID, list[Any]] = {}
    with within(runtime) as session:
        for year in open_years(session):
            for one in standings(session, tables, year.organisations, year.year):
                rows.setdefault(one.entry.unit_id, []).append(one)
        sums = {unit: year_of_unit(some) for unit, some in rows.items()}
    return {unit: (one.total, len(one.lines)) for unit, one in sums.items()}
