"""Members of the county's branches, as those branches last told."""

from sqlalchemy import Table

from services.county.base import CountyBase
from shared.sync.rosters import RosterCopy


class KnownMember(RosterCopy, CountyBase):
    """See RosterCopy."""


COPY = KnownMember.__table__
assert isinstance(COPY, Table)
