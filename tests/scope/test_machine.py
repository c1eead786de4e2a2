"""Hypothesis plays scope and sync: people are entered, posts given and taken, batches carried in any order.

Everybody sees exactly the rows of the units he holds a post in, as far as they were carried.
"""

import os
from collections import defaultdict
from datetime import date
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from deploy.demo.people import login_name
from deploy.demo.tiers import within
from services.branch.roster.actions import NewMember, add_members
from services.branch.roster.models import Member
from services.county.roster.models import KnownMember as AtCounty
from services.township.roster.models import KnownMember as AtTownship
from shared.kit.accounts import Account, add_post, remove_post, signed_in
from shared.kit.errors import Refused
from shared.kit.units import Unit
from shared.sync.pulling import pull
from shared.sync.pushing import push
from tests.branch.points_hands import open_the_year

WHOLE = os.environ.get("SANJI_SCOPE") == "whole"
EXAMPLES, STEPS = (60, 60) if WHOLE else (3, 25)
VILLAGE = st.integers(0, 5)
PLACE = st.integers(0, 1)
NUMBERS = count(1)


class Scopes(RuleBasedStateMachine):
    """The model: who was entered where, how far it was carried, who holds which posts."""

    county = None

    def __init__(self):
        super().__init__()
        tiers = self.county.tiers
        with within(tiers.branch) as session:
            found = session.scalars(select(Unit).where(Unit.level == "branch").order_by(Unit.path)).all()
            self.villages = list(found)
            self.entered = self._rows(session, Member)
        with within(tiers.township) as session:
            self.towns = list(
                session.scalars(select(Unit).where(Unit.level == "township").order_by(Unit.path)).all()
            )
            self.at_township = self._rows(session, AtTownship)
        with within(tiers.county) as session:
            self.at_county = self._rows(session, AtCounty)
        self.posts = {one.id: {one.id} for one in self.villages}

    def teardown(self):
        for village in self.villages:
            for other in self.posts[village.id] - {village.id}:
                self._post(remove_post, village, other)

    def _rows(self, session, model):
        found = defaultdict(set)
        for row in session.execute(select(model.unit_id, model.number)):
            found[row.unit_id].add(row.number)
        return found

    def _who(self, session, village):
        query = select(Account.id).where(Account.login == login_name(village, "branch_secretary"))
        return signed_in(session, session.scalars(query).one())

    def _post(self, act, village, other_id):
        with within(self.county.tiers.branch) as session:
            query = select(Account).where(Account.login == login_name(village, "branch_secretary"))
            act(session, session.scalars(query).one(), "branch_secretary", session.get_one(Unit, other_id))

    @rule(actor=VILLAGE, place=VILLAGE)
    def enter(self, actor, place):
        """Somebody enters a member somewhere: it is there, or it was refused and is nowhere."""
        mine, target = self.villages[actor], self.villages[place]
        number = f"h{next(NUMBERS):05}"
        entered = NewMember(number=number, name="合成", field="rural", since=date(2026, 1, 1))
        database = self.county.tiers.branch.database
        with within(self.county.tiers.branch) as session:
            who = self._who(session, mine)
        try:
            with database.transaction(who.scope) as session:
                add_members(session, who, target, [entered], self.county.now)
        except (DBAPIError, Refused):
            assert target.id not in self.posts[mine.id], "an own branch's member was refused"
        else:
            assert target.id in self.posts[mine.id], "a foreign branch's member was entered"
            self.entered[target.id].add(number)

    @rule(actor=VILLAGE, place=VILLAGE)
    def give_a_post(self, actor, place):
        mine, other = self.villages[actor], self.villages[place]
        if other.id not in self.posts[mine.id]:
            self._post(add_post, mine, other.id)
            self.posts[mine.id].add(other.id)

    @rule(actor=VILLAGE, place=VILLAGE)
    def take_a_post(self, actor, place):
        mine, other = self.villages[actor], self.villages[place]
        if other.id in self.posts[mine.id] and other.id != mine.id:
            self._post(remove_post, mine, other.id)
            self.posts[mine.id].discard(other.id)

    @rule()
    def branches_push(self):
        push(self.county.tiers.branch.node)
        self.at_township = defaultdict(set, {unit: set(some) for unit, some in self.entered.items()})

    @rule()
    def townships_push(self):
        push(self.county.tiers.township.node)
        self.at_county = defaultdict(set, {unit: set(some) for unit, some in self.at_township.items()})

    @rule()
    def branches_pull(self):
        pull(self.county.tiers.branch.node)

    @rule(actor=VILLAGE)
    def a_branch_looks(self, actor):
        mine = self.villages[actor]
        with within(self.county.tiers.branch) as session:
            who = self._who(session, mine)
        with self.county.tiers.branch.database.transaction(who.scope) as session:
            seen = self._rows(session, Member)
            units = set(session.scalars(select(Unit.id).where(Unit.level == "branch")))
        assert units == self.posts[mine.id]
        assert dict(seen) == {one: self.entered[one] for one in self.posts[mine.id] if self.entered[one]}

    @rule(place=PLACE)
    def a_township_looks(self, place):
        town = self.towns[place]
        with within(self.county.tiers.township) as session:
            query = select(Account.id).where(Account.login == login_name(town, "township_organiser"))
            who = signed_in(session, session.scalars(query).one())
        with self.county.tiers.township.database.transaction(who.scope) as session:
            seen = self._rows(session, AtTownship)
        own = [one.id for one in self.villages if one.parent_id == town.id]
        assert dict(seen) == {one: self.at_township[one] for one in own if self.at_township[one]}

    @precondition(lambda self: self.at_county)
    @rule()
    def the_county_looks(self):
        with within(self.county.tiers.county) as session:
            assert dict(self._rows(session, AtCounty)) == {k: v for k, v in self.at_county.items() if v}

    @invariant()
    def nothing_is_above_that_is_not_below(self):
        for unit, some in self.at_county.items():
            assert some <= self.at_township[unit] <= self.entered[unit]


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_whatever_happens_everybody_sees_his_own_and_nothing_else(county):
    open_the_year(county)
    machine = type("Played", (Scopes,), {"county": county})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not WHOLE,
            suppress_health_check=list(HealthCheck),
        ),
    )
