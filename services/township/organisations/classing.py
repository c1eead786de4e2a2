"""Classing branches at the township: where its things are, what goes up to the county, what comes back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec
from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from services.township.organisations.models import TABLES, Classing, ClassingWord, OrganisationSaid
from shared.contracts.classing import ClassingFiled, UnitSaid
from shared.kit.accounts import SignedIn
from shared.kit.units import Unit
from shared.kit.web import me
from shared.organisations.class_routes import classing_blueprint
from shared.organisations.classings import Room
from shared.organisations.deciding_routes import organisations_blueprint
from shared.organisations.results import Classed, bases_of, classed_units
from shared.sync.asked_year import year, years
from shared.sync.outbox import send_up
from shared.sync.years import MemberYear

ROOM = Room(TABLES, OrganisationSaid, Classing, ClassingWord)


def file_up(session: Session, filed: ClassingFiled, now: datetime) -> None:
    """What two people of the township signed for goes to the county."""
    send_up(session, filed.pool_id, filed.pool_id, filed, now)


def tell_up(session: Session, said: UnitSaid, pool: UUID, now: datetime) -> None:
    """The county learns what was found of a unit's putting right."""
    send_up(session, pool, said.unit_id, cast(msgspec.Struct, said), now)


class TownshipPlace:
    """The branches below one township."""

    room = ROOM

    def years(self) -> Sequence[MemberYear]:
        """Years that were opened, newest first."""
        return years()

    def year(self) -> MemberYear:
        """The one the address asks for. Raises Absent."""
        return year()

    def pool(self) -> Unit:
        """The asker's township."""
        return me().unit

    def bases(self, session: Session, of_year: int) -> Mapping[UUID, int]:
        """What branches began a year with, as the county carried it."""
        return bases_of(session, of_year)

    def classed(self, session: Session, of_year: int) -> Mapping[UUID, Classed]:
        """Classes as the county approved them."""
        return classed_units(session, of_year)

    def confirmed(self, session: Session, actor: SignedIn, filed: ClassingFiled, now: datetime) -> None:
        """Up to the county."""
        file_up(session, filed, now)

    def judged(self, session: Session, said: UnitSaid, now: datetime) -> None:
        """The county is told."""
        tell_up(session, said, me().unit.id, now)

    def own_links(self) -> list[dict[str, str]]:
        """The township's own, which the county decides."""
        return [
            {"label": gettext("党委积分"), "href": url_for("organisation.page")},
            {"label": gettext("党委承诺"), "href": url_for("organisation.promises")},
        ]

    def unit_href(self, unit_id: UUID) -> str:
        """The branch's year of points."""
        return url_for("organisations.branch", unit_id=unit_id)


PLACE = TownshipPlace()
classing = classing_blueprint(PLACE)
organisations = organisations_blueprint(PLACE)
