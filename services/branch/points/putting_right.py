"""Claims that came back: until when they may be put right, and the same row written anew.

What was filed in time stays filed in time: number and time of the first filing are kept.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.branch.points.models import Claim
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.rules.points.claims import Claimed, Returned, leaves_time, put_right_until
from shared.sync.years import MemberYear

# What putting right writes anew; the id, the number, who filed it first and when stay.
_CHANGED = ("scheme", "item", "category", "day", "times", "what", "witness", "asked", "proxy")


def returned(claim: Any, year: MemberYear) -> Returned | None:
    """A claim as the rule on returned ones sees it; None where it did not come back."""
    if claim.state != "returned" or claim.decided_at is None:
        return None
    return Returned(claim.day, civil(claim.decided_at).date(), year.late_until)


def last_day(claim: Claim, year: MemberYear) -> date | None:
    """Until when this one may be put right; None where it did not come back."""
    back = returned(claim, year)
    return put_right_until(back, year.schemes[claim.scheme].late_days) if back else None


def may_go_back(claim: Any, year: MemberYear, today: date) -> bool:
    """Whether a return today leaves time to put it right; a deduction is the branch's own to drop."""
    if claim.category in year.deductions:
        return True
    return leaves_time(Returned(claim.day, today, year.late_until), year.schemes[claim.scheme].late_days)


def is_same(claim: Claim, given: Claimed) -> bool:
    """Whether what is filed is what stands there already."""
    there = (claim.item, claim.day, claim.times, claim.what, claim.witness)
    return there == (given.item, given.day, given.times, given.what.strip(), given.witness.strip())


def put_right(claim: Claim, row: Mapping[str, Any], actor: SignedIn) -> None:
    """The returned claim waits again, in the words of `row`; who reviews it sees that it came back."""
    assert claim.decided_at is not None
    back = {"code": "put_right", "day": civil(claim.decided_at).date().isoformat(), "id": str(claim.id)}
    for name in _CHANGED:
        setattr(claim, name, row[name])
    # Who wrote what stands there now does not review it.
    claim.filed_by = actor.name
    claim.flags = [*row["flags"], back]
    claim.state, claim.points, claim.version = "waiting", None, claim.version + 1
    claim.decided_by, claim.decided_at = "", None
