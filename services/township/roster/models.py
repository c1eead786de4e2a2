"""Members of the township's branches, as those branches last told."""

from sqlalchemy import Table

from services.township.base import TownshipBase
from shared.sync.rosters import RosterCopy


class KnownMember(RosterCopy, TownshipBase):
    """See RosterCopy."""


COPY = KnownMember.__table__
assert isinstance(COPY, Table)
