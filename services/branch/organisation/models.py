"""Entries of branches as subjects and the words about them, in this tier's tables."""

from services.branch.base import BranchBase
from shared.organisations.ledger import Tables
from shared.organisations.models import EntryColumns, WordColumns


class OrganisationEntry(EntryColumns, BranchBase):
    """See EntryColumns."""


class OrganisationWord(WordColumns, BranchBase):
    """See WordColumns."""


TABLES = Tables(OrganisationEntry, OrganisationWord)
