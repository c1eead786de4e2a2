"""Transfers of members that passed through this tier."""

from sqlalchemy import Table

from services.county.base import CountyBase
from shared.sync.passages import TransferPassage


class Passage(TransferPassage, CountyBase):
    """See TransferPassage."""


PASSAGES = Passage.__table__
assert isinstance(PASSAGES, Table)
