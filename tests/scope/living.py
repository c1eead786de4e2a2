"""What the demo's year does not do, done by a robot that fills in the forms of the pages it is sent to.

All it writes carries the canary of whoever writes.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.outcomes.models import BATCHES as BRANCH_BATCHES
from services.county.outcomes.models import BATCHES as COUNTY_BATCHES
from services.county.years.actions import open_year
from shared.kit.units import Unit
from shared.outcomes.batches import make_batches
from tests.county import County
from tests.scope.canaries import Canary
from tests.scope.pages import Form, forms
from tests.scope.tree import A1, A2, B1, COUNTY, NUMBERS
from tests.scope.who import Actor

NEXT = 2027
WORDS = "写得够长的几句话，好让每一种表单都收下它，再长一点也不要紧。"


@dataclass
class Robot:
    """One person at the forms of some pages; `about` is a member's name."""

    county: County
    actor: Actor
    about: str

    def visit(self, address: str, *, only: str = "", **given: str) -> None:
        """Send each form of a page once, with the fields `given`; `only` those that lead there."""
        actor = self.actor
        assert actor.login
        client = self.county.client(actor.tier, actor.login, actor.role)
        answer = client.get(address)
        if answer.status_code != 200:
            return
        sent: set[str] = set()
        for form in forms(answer.get_data(as_text=True), address):
            shape = "/".join(part for part in form.path.split("?")[0].split("/") if "-" not in part)
            if form.method == "post" and only in form.path and shape not in sent:
                sent.add(shape)
                if shape not in ("/language", "/logout"):
                    client.post(form.path, data=self._filled(form, given))

    def _filled(self, form: Form, given: dict[str, str]) -> dict[str, list[str]]:
        word = f"{Canary(NUMBERS[self.actor.unit], 't', self.actor.member)}{WORDS}"
        data: dict[str, list[str]] = defaultdict(list)
        for name, value in form.pairs:
            written = name in form.written and not value
            filled = self.about if name == "about" else word if written else value
            data[name].append(given.get(name, filled))
        return data


def live(county: County) -> None:
    """The next year begins; members and officers write, publish, object, mark, propose."""
    _open_next_year(county)
    for code in (A1, B1, A2):
        secretary = Actor("branch", code, "branch_secretary", code)
        member = Actor("branch", f"{code}-dy", "member", code, 2)
        committee = Actor("branch", f"{code}-wy", "branch_committee", code)
        by_hand = _Hands(county, f"{Canary(NUMBERS[code], 'p', 3)}党员")
        for address in (
            "/my/file?item=volunteer",
            "/my/file?item=study",
            "/commitments/own/new",
            "/comments",
        ):
            by_hand(member, address, day=f"{NEXT}-02-20", due=f"{NEXT}-12-01")
        by_hand(committee, "/comments", only="publish")
        by_hand(member, "/comments", text=f"{Canary(NUMBERS[code], 's', 2)}{WORDS}")
        by_hand(secretary, "/role-models/new", consent="yes")
        by_hand(secretary, "/ranking?year=2026", only="start")
        by_hand(member, "/ranking?year=2026", only="objections")
        by_hand(secretary, "/points/new", day=f"{NEXT}-02-20")
        by_hand(secretary, "/commitments/new", due=f"{NEXT}-12-01")
        by_hand(secretary, "/organisation/new", day=f"{NEXT}-02-20")
        by_hand(secretary, "/outcomes?year=2026&state=in_force", only="notices")
    county.settle()
    _at_the_county(county)
    for runtime, batches in ((county.tiers.branch, BRANCH_BATCHES), (county.tiers.county, COUNTY_BATCHES)):
        while make_batches(runtime, batches):
            pass
    county.settle()


class _Hands:
    def __init__(self, county: County, about: str) -> None:
        self.county, self.about = county, about

    def __call__(self, actor: Actor, address: str, *, only: str = "", **given: Any) -> None:
        Robot(self.county, actor, self.about).visit(address, only=only, **given)


def _at_the_county(county: County) -> None:
    organiser = Actor("county", f"{COUNTY}-zzk", "county_organiser", COUNTY)
    leader = Actor("county", f"{COUNTY}-bz", "county_leader", COUNTY)
    hands = _Hands(county, "")
    hands(leader, "/role-models", only="publish")
    hands(organiser, "/outcomes?year=2026&state=in_force", only="notices")


def _open_next_year(county: County) -> None:
    from deploy.demo.people import actor

    with within(county.tiers.county) as session:
        unit = session.scalars(select(Unit).where(Unit.code == COUNTY)).one()
        who, sign = actor(session, unit, "county_organiser"), county.tiers.county.signer()
        open_year(session, who, sign, year=NEXT, ranked=True, synthetic_note="合成", now=county.now)
    county.settle()
