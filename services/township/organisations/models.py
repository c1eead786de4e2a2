"""Entries of branches as subjects and the words about them, in this tier's tables."""

from services.township.base import TownshipBase
from shared.organisations.ledger import Tables
from shared.organisations.models import (
    ClassingColumns,
    ClassingWordColumns,
    EntryColumns,
    SaidColumns,
    WordColumns,
)


class OrganisationEntry(EntryColumns, TownshipBase):
    """See EntryColumns."""


class OrganisationWord(WordColumns, TownshipBase):
    """See WordColumns."""


class OrganisationSaid(SaidColumns, TownshipBase):
    """See SaidColumns."""


class Classing(ClassingColumns, TownshipBase):
    """See ClassingColumns."""


class ClassingWord(ClassingWordColumns, TownshipBase):
    """See ClassingWordColumns."""


TABLES = Tables(OrganisationEntry, OrganisationWord)
