"""Entries of branches as subjects and the words about them, in this tier's tables."""

from services.branch.base import BranchBase
from shared.organisations.ledger import Tables
from shared.organisations.models import EntryColumns, SaidColumns, WordColumns


class OrganisationEntry(EntryColumns, BranchBase):
    """See EntryColumns."""


class OrganisationWord(WordColumns, BranchBase):
    """See WordColumns."""


class OrganisationSaid(SaidColumns, BranchBase):
    """See SaidColumns."""


TABLES = Tables(OrganisationEntry, OrganisationWord)
