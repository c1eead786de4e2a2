"""Cases of outcomes as they pass through the township: received copies."""

from services.township.base import TownshipBase
from shared.outcomes.models import CaseColumns, WordColumns


class OutcomeCase(CaseColumns, TownshipBase):
    """See CaseColumns."""


class OutcomeWord(WordColumns, TownshipBase):
    """See WordColumns."""
