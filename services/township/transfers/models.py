"""Transfers of members that passed through this tier."""

from sqlalchemy import Table

from services.township.base import TownshipBase
from shared.sync.passages import TransferPassage


class Passage(TransferPassage, TownshipBase):
    """See TransferPassage."""


PASSAGES = Passage.__table__
assert isinstance(PASSAGES, Table)
