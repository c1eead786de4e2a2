"""Whose word it is (M12): the case's own tier, or who stands in where a branch has too few people.

Nobody decides on himself and a second person confirms; where a branch lacks the people for that, its general
branch or its township says what is missing, under its own name, and the branch goes on with the rest.
"""

from collections.abc import Collection
from dataclasses import dataclass

from .course import Standing

# Who may stand in, the nearer one first.
STANDING_IN = ("general", "township")
# What the member's branch says for him, whichever tier decides the case.
FOR_MEMBER = frozenset({"stated", "acknowledged", "replied", "hearing_asked", "withdrawn"})
# What the county alone says, of a branch's case too: an appeal was upheld.
FROM_ABOVE = frozenset({"undone"})
# What a second person says, and all that people of the deciding organ say: nobody of it about himself.
SECOND = frozenset({"confirmed", "sent_back"})
OFFICIAL = SECOND | {"called", "heard", "verified", "decided", "hearing_held", "carried_out", "followed_up"}


@dataclass(frozen=True)
class Referral:
    """Who stands in for the branch ('' nobody): as the second person, with `whole` as the first one too."""

    to: str = ""
    whole: bool = False


NOBODY = Referral()


def referral(stands: Standing) -> Referral:
    """Who stands in for this case, by the last word that handed it up."""
    said = stands.said.get("referred")
    return Referral(str(said.data["to"]), bool(said.data["whole"])) if said else NOBODY


def office(case_tier: str, kind: str, stands_in: Referral = NOBODY) -> str:
    """Whose word of this kind is: branch, general, township or county."""
    if kind in FOR_MEMBER:
        return "branch"
    if kind in FROM_ABOVE:
        return "county"
    if stands_in.to and (kind in SECOND or (stands_in.whole and kind in OFFICIAL)):
        return stands_in.to
    return case_tier


def lacking(
    deciders: Collection[str], confirmers: Collection[str], decided_by: str | None, generals: Collection[str]
) -> Referral:
    """Who has to stand in for a case at a branch, given who may settle it there: persons, not about himself.

    `decided_by` is who decided it already, None while it is open. `generals` are the people of its general
    branch, none where it has none; a general branch that lacks them too leaves it to the township.
    """
    if decided_by is not None:
        deciders = {decided_by}
    if any(one != other for one in deciders for other in confirmers):
        return NOBODY
    others = set(generals) - set(deciders) - set(confirmers)
    whole = not deciders
    return Referral("general" if len(others) > whole else "township", whole)
