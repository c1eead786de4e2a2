"""What branch and township have in common as places of cases: years as the county opened them, and organs."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select

from shared.kit.units import Unit
from shared.kit.web import db
from shared.rules.outcomes import Rulebook
from shared.sync.asked_year import year_named, years


class BelowTheCounty:
    """The part of a Place that does not depend on which of the two tiers it is."""

    def years(self) -> list[int]:
        """Years that were opened, newest first."""
        return [one.year for one in years()]

    def rulebook(self, year: int) -> Rulebook:
        """The outcome rules of a year."""
        return year_named(year).outcomes

    def note(self, year: int) -> str:
        """What the county says of figures that are not real."""
        return year_named(year).opened.synthetic_note

    def brought(self, year: int) -> Sequence[Mapping[str, Any]]:
        """Cases are seen by unit."""
        return ()

    def brought_of(self, member_id: UUID, year: int) -> list[dict[str, Any]]:
        """Cases are seen by unit."""
        return []

    def marks(self, member_id: UUID) -> str:
        """Only the county marks members."""
        return ""

    def problems(self, cases: Sequence[Any]) -> Mapping[tuple[UUID, int], Sequence[str]] | None:
        """Problems stay in the branch."""
        return None

    def organ(self, unit: Unit, tier: str) -> str:
        """The organ that signs a notice: the branch, or the county's organisation department."""
        if tier == "branch":
            return str(gettext("中共%(unit)s支部委员会", unit=unit.name))
        county = db().scalars(select(Unit.name).where(Unit.level == "county")).one()
        return str(gettext("中共%(unit)s委组织部", unit=county))
