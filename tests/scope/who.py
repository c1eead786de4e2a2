"""Who may see what, written here for the tests from the mission (M3, M9, M10, M14): not read from the guard.

- Staff see their own unit and all that lies below it; a general branch, the branches it looks after.
- Of the units above they see what they are called and who acted there.
- A member sees what is his own, and of others what his branch makes known to its members.
- The county sees everything but its three administrators, who see units and accounts and nobody's points.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from tests.scope.canaries import Canary
from tests.scope.tree import A1, A2, A3, ABOVE, B1, B2, BELOW, COUNTY, GENERAL, NUMBERS, A, B

ADMINISTRATORS = {"system_administrator", "security_administrator", "auditor"}


@dataclass(frozen=True)
class Actor:
    """Somebody who asks; `login` None: nobody has signed in."""

    tier: str
    login: str | None
    role: str
    unit: str
    member: int = 0

    def __str__(self) -> str:
        return f"{self.role}@{self.unit or 'nowhere'}/{self.member:02}"


def _staff(tier: str, unit: str, *roles: tuple[str, str]) -> list[Actor]:
    return [Actor(tier, f"{unit}-{end}" if end else unit, role, unit) for role, end in roles]


def _branch(code: str) -> list[Actor]:
    return _staff("branch", code, ("branch_secretary", ""), ("branch_committee", "wy"))


SECOND, THIRD = 2, 3
ACTORS: dict[str, list[Actor]] = {
    "branch": [
        *_branch(A1),
        Actor("branch", f"{A1}-dy", "member", A1, SECOND),
        Actor("branch", GENERAL, "general_secretary", GENERAL),
        *_branch(A2),
        *_branch(A3),
        *_branch(B1),
        Actor("branch", f"{B1}-dy", "member", B1, SECOND),
        Actor("branch", f"{A1}-03", "member", A1, THIRD),
        Actor("branch", f"{B2}-dy", "member", B2, SECOND),
        Actor("branch", None, "nobody", ""),
    ],
    "township": [
        *_staff("township", A, ("township_organiser", "zz"), ("township_secretary", "sj")),
        *_staff("township", B, ("township_organiser", "zz"), ("township_secretary", "sj")),
        Actor("township", None, "nobody", ""),
    ],
    "county": [
        *_staff(
            "county",
            COUNTY,
            *(("county_organiser", "zzk"), ("county_leader", "bz"), ("county_reviewer", "fc")),
            *(("county_director", "zr"), ("system_administrator", "xt"), ("security_administrator", "aq")),
            ("auditor", "sj"),
        ),
        Actor("county", None, "nobody", ""),
    ],
}


class Whose(Enum):
    """Whose words a page tells beyond its asker's scope."""

    COUNTY = "any unit of the county"
    TOWNSHIP = "the branches of the same township"
    BRANCH = "the members of the asker's own branch"
    PARTNER = "the branch that a member of the asker's came from or went to"
    MODELS = "a branch whose deed the county has published"


@dataclass(frozen=True)
class Told:
    """What a page tells beyond its asker's scope: `kinds` of whom, and why that is right."""

    kinds: str
    whose: Whose
    why: str


RESULT = Told("n", Whose.COUNTY, "the published contest names every village and its place (M5)")
MOVED = Told("nai", Whose.PARTNER, "a transfer says from where to where, and who there agreed (M18)")
LIBRARY = Told("npt", Whose.MODELS, "the deeds of those who lead are published to all (M14)")
SHOWN = Told("p", Whose.BRANCH, "points, grades and rankings are shown inside the branch (M9, M10)")
SAID = Told("pt", Whose.BRANCH, "published comments are read by the branch (M9)")
# (tier, endpoint or whole room) → what is told there beyond the rules above
TOLD: Mapping[tuple[str, str], Told] = {
    ("branch", "results.table"): RESULT,
    ("branch", "results.excel"): RESULT,
    ("township", "results.county"): RESULT,
    ("township", "results.county_export"): RESULT,
    ("branch", "transfers"): MOVED,
    ("branch", "why"): MOVED,
    ("branch", "role_models.index"): LIBRARY,
    ("township", "role_models.index"): LIBRARY,
    ("branch", "organisation"): Told(
        "n", Whose.TOWNSHIP, "the classes of a township's branches are published in it (M42)"
    ),
    ("branch", "appraisal.own"): SHOWN,
    ("branch", "ranking"): SHOWN,
    ("branch", "ballots.vote"): SHOWN,
    ("branch", "comments"): SAID,
    ("county", "log.page"): Told("i", Whose.COUNTY, "the audit log names by id what was done to"),
}


class Sight:
    """What an actor may see.

    `homes`: the units in which each member is or was on the roster; `models`: whose deeds are published.
    """

    def __init__(self, homes: Mapping[Canary, Iterable[int]], models: Iterable[int]) -> None:
        self.homes = {one: set(some) for one, some in homes.items()}
        self.models = set(models)
        self.above = {code: {NUMBERS[one] for one in some} for code, some in ABOVE.items()}
        self.within = {code: {NUMBERS[one] for one in (code, *some)} for code, some in BELOW.items()}

    def foreign(self, actor: Actor, endpoint: str, heard: Iterable[Canary]) -> set[Canary]:
        """Those of `heard` that this actor should not have heard there."""
        return {one for one in heard if not (self._own(actor, one) or self._told(actor, endpoint, one))}

    def _own(self, actor: Actor, one: Canary) -> bool:
        if not actor.unit:
            return False
        named = one.kind in "na" or (one.kind == "i" and not one.member)
        if actor.role in ADMINISTRATORS or one.unit in self.above[actor.unit]:
            return named
        homes = self.homes.get(Canary(one.unit, "p", one.member), set())
        if not ({one.unit} | homes) & self.within[actor.unit]:
            return False
        return not actor.member or named or one.member in (0, actor.member)

    def _told(self, actor: Actor, endpoint: str, one: Canary) -> bool:
        told = TOLD.get((actor.tier, endpoint)) or TOLD.get((actor.tier, endpoint.split(".")[0]))
        if told is None or one.kind not in told.kinds or not actor.unit:
            return False
        own = NUMBERS[actor.unit]
        homes = {one.unit} | self.homes.get(Canary(one.unit, "p", one.member), set())
        return not homes.isdisjoint(
            {
                Whose.COUNTY: set(NUMBERS.values()),
                Whose.TOWNSHIP: self.within[actor.unit[: len(A)]],
                Whose.BRANCH: {own},
                Whose.PARTNER: set().union(*(some for some in self.homes.values() if own in some)),
                Whose.MODELS: self.models,
            }[told.whose]
        )
