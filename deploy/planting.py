"""Making a county's units in its database, and giving its node a name."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from deploy.tree import Place, Tree
from shared.kit.ids import new_id
from shared.kit.scope import EVERYTHING
from shared.kit.units import GENERAL, Unit, add_unit
from shared.rules.villages import kind_of
from shared.sync.enrolling import set_up
from shared.sync.runtime import Runtime


def plant(county: Runtime, tree: Tree) -> int:
    """Make a county's tree where there is none yet; how many units were added."""
    with county.database.transaction(EVERYTHING) as session:
        if session.scalars(select(Unit.id)).first() is not None:
            return 0
        root = add_unit(session, tree.county.code, tree.county.name, "county", "county_committee", None)
        for place in tree.townships:
            township = add_unit(
                session, place.code, place.name, "township", place.kind or _township_kind(place.name), root
            )
            generals = {
                one.code: add_unit(session, one.code, one.name, "branch", GENERAL, township).id
                for one in tree.generals.get(place.code, ())
            }
            for village in tree.villages[place.code]:
                kind = village.kind or _branch_kind(village)
                made = add_unit(session, village.code, village.name, "branch", kind, township)
                made.general_id = generals.get(tree.under.get(village.code, ""))
        return 1 + len(tree.townships) + tree.size + sum(map(len, tree.generals.values()))


def name_county(runtime: Runtime) -> None:
    """Give a county's node its identity; elsewhere enrolment does it."""
    with runtime.database.transaction(EVERYTHING) as session:
        root = session.scalars(select(Unit).where(Unit.level == "county")).one_or_none()
        known = (root.id, root.name) if root and runtime.settings.tier == "county" else None
    if known:
        set_up(runtime.node, new_id(), known[1], [known[0]])


def county_unit(session: Session) -> Unit:
    """The county itself."""
    return session.scalars(select(Unit).where(Unit.level == "county")).one()


def _branch_kind(place: Place) -> str:
    return "community" if kind_of(place.code, place.name) == "社区" else "village"


def _township_kind(name: str) -> str:
    return "street" if name.endswith("街道") else "township"
