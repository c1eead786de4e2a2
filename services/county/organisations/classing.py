"""Classing committees at the county: it decides at once what it proposed and another confirmed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from flask import request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.organisations.bases import unit_bases
from services.county.organisations.room import ROOM, member_year, whole
from services.county.organisations.told import classed_units
from services.county.years.actions import years
from shared.contracts.classing import ClassingFiled, UnitSaid
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent
from shared.kit.units import Unit
from shared.kit.web import db, me
from shared.organisations.class_routes import classing_blueprint
from shared.organisations.deciding_routes import organisations_blueprint
from shared.organisations.results import Classed
from shared.sync.years import MemberYear


class CountyPlace:
    """The committees below the county."""

    room = ROOM

    def years(self) -> Sequence[MemberYear]:
        """Years that were opened, newest first."""
        return [member_year(db(), one.year) for one in years(db()) if whole(one)]

    def year(self) -> MemberYear:
        """The one the address asks for, else the newest. Raises Absent."""
        asked = request.args.get("year")
        for one in years(db()):
            if asked in (None, "", str(one.year)):
                return member_year(db(), one.year)
        raise Absent

    def pool(self) -> Unit:
        """The county."""
        return me().unit

    def bases(self, session: Session, of_year: int) -> Mapping[UUID, int]:
        """What committees began a year with."""
        return unit_bases(session, of_year)

    def classed(self, session: Session, of_year: int) -> Mapping[UUID, Classed]:
        """Classes as approved, with what reviews changed."""
        units = session.scalars(select(Unit.id).where(Unit.level == "township")).all()
        return classed_units(session, of_year, units)

    def confirmed(self, session: Session, actor: SignedIn, filed: ClassingFiled, now: datetime) -> None:
        """Nobody stands above: it is approved here when the publicity is over."""

    def judged(self, session: Session, said: UnitSaid, now: datetime) -> None:
        """Nobody else is told."""

    def own_links(self) -> list[dict[str, str]]:
        """Nobody stands above the county here."""
        return []

    def unit_href(self, unit_id: UUID) -> str:
        """The committee's year of points."""
        return url_for("organisations.branch", unit_id=unit_id)


PLACE = CountyPlace()
classing = classing_blueprint(PLACE)
organisations = organisations_blueprint(PLACE)
