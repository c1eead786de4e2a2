"""Entries of branches as subjects and the words about them, in this tier's tables."""

from services.township.base import TownshipBase
from shared.organisations.ledger import Tables
from shared.organisations.models import EntryColumns, WordColumns


class OrganisationEntry(EntryColumns, TownshipBase):
    """See EntryColumns."""


class OrganisationWord(WordColumns, TownshipBase):
    """See WordColumns."""


TABLES = Tables(OrganisationEntry, OrganisationWord)
