"""Founding the demo county: its tree, its nodes enrolled tier by tier, its people."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from deploy.demo.people import add_people
from deploy.demo.tiers import Tiers, steadily, within
from deploy.planting import county_unit, name_county, plant
from deploy.tree import Tree
from shared.kit.units import Unit
from shared.sync.enrolling import enrol, mint_code
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
    plant(tiers.county, tree)
    name_county(tiers.county)
    with within(tiers.county) as session:
        add_people(session, [county_unit(session)], passwords, now)


def _enrol(parent: Runtime, child: Runtime, level: str, name: str) -> None:
    with child.node.store.work() as ledger:
        if ledger.peers(SELF):
            return
    with within(parent) as session:
        units = session.scalars(select(Unit.id).where(Unit.level == level).order_by(Unit.path)).all()
    enrol(child.node, child.node.keys.current.public.first_node, name, mint_code(parent.node, units))


def _people(runtime: Runtime, level: str, passwords: Mapping[str, str], now: datetime) -> None:
    with within(runtime) as session:
        units = session.scalars(select(Unit).where(Unit.level == level).order_by(Unit.path)).all()
        add_people(session, units, passwords, now)
