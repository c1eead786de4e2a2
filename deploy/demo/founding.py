"""Founding the demo county: its tree, its nodes enrolled tier by tier, its people."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deploy.demo.people import add_people
from deploy.demo.tiers import Tiers, steadily, within
from deploy.demo.tree import Tree
from shared.kit.ids import new_id
from shared.kit.units import Unit, add_unit
from shared.rules.villages import kind_of
from shared.sync.enrolling import enrol, mint_code, set_up
from shared.sync.records import SELF
from shared.sync.runtime import Runtime


def found(tiers: Tiers, tree: Tree, passwords: Mapping[str, str], now: datetime) -> None:
    """Units, enrolment and accounts of all three tiers, as far as they are missing."""
    steadily(lambda: _plant(tiers, tree, passwords, now))
    steadily(lambda: _enrol(tiers.county, tiers.township, "township", "乡镇服务"))
    steadily(lambda: _enrol(tiers.township, tiers.branch, "branch", "支部服务"))
    steadily(lambda: _people(tiers.township, "township", passwords, now))
    steadily(lambda: _people(tiers.branch, "branch", passwords, now))


def _plant(tiers: Tiers, tree: Tree, passwords: Mapping[str, str], now: datetime) -> None:
    with within(tiers.county) as session:
        root = session.scalars(select(Unit).where(Unit.level == "county")).one_or_none()
        if root is None:
            root = add_unit(session, tree.county.code, tree.county.name, "county", "county_committee", None)
            for place in tree.townships:
                township = add_unit(
                    session, place.code, place.name, "township", _township_kind(place.name), root
                )
                for village in tree.villages[place.code]:
                    kind = "community" if kind_of(village.code, village.name) == "社区" else "village"
                    add_unit(session, village.code, village.name, "branch", kind, township)
        add_people(session, [root], passwords, now)
        county_id, name = root.id, root.name
    set_up(tiers.county.node, new_id(), name, [county_id])


def _township_kind(name: str) -> str:
    return "street" if name.endswith("街道") else "township"


def _enrol(parent: Runtime, child: Runtime, level: str, name: str) -> None:
    with child.node.store.work() as ledger:
        if ledger.peers(SELF):
            return
    with within(parent) as session:
        units = session.scalars(select(Unit.id).where(Unit.level == level).order_by(Unit.path)).all()
    enrol(child.node, new_id(), name, mint_code(parent.node, units))


def _people(runtime: Runtime, level: str, passwords: Mapping[str, str], now: datetime) -> None:
    with within(runtime) as session:
        units = session.scalars(select(Unit).where(Unit.level == level).order_by(Unit.path)).all()
        add_people(session, units, passwords, now)


def villages(session: Session) -> int:
    """How many villages a tier knows."""
    return session.scalar(select(func.count()).where(Unit.level == "branch")) or 0
