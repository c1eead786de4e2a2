"""Whom a branch may tell cases about: its own members, as this tier holds its roster."""

from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.orm import Session

from shared.sync.records import Received
from shared.sync.rosters import require_members


def require_own(session: Session, copy: Table, received: Sequence[Received]) -> None:
    """Every case told is about a member of that branch; words are about cases that are known.

    `received` are CasesTold. Raises OutOfScope.
    """
    told = ((item.unit, line.year, line.member_id) for item in received for line in item.body.cases)
    require_members(session, copy, told)
