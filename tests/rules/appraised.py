"""Plain makers for the tests of appraisal: tallies, appraised members, the shipped rulebooks."""

from typing import Any

from shared.rulebooks import appraisal_default, appraisal_organisations_default
from shared.rules.appraisal import Appraised, Rulebook, Tally, parse_appraisal

# With a standard of 100 a total reads as its percentage.
ROUND = {"standard": "100"}
RULEBOOK = parse_appraisal(appraisal_default() | ROUND)
UNITS = parse_appraisal(appraisal_organisations_default() | ROUND)
GRADES = ("excellent", "qualified", "basically_qualified", "unqualified")
MASS_CHOICES = ("satisfied", "fairly_satisfied", "neutral", "dissatisfied")
# Ballots that say each grade clearly, by grade.
MEMBERS = {
    "excellent": (16, 4, 0, 0),
    "qualified": (4, 14, 2, 0),
    "basically_qualified": (0, 8, 8, 4),
    "unqualified": (0, 2, 4, 14),
}
MASSES = {
    "excellent": (15, 5, 0, 0),
    "qualified": (4, 6, 8, 2),
    "basically_qualified": (2, 4, 5, 9),
    "unqualified": (0, 2, 3, 15),
}
TOTALS = {"excellent": 95_00, "qualified": 80_00, "basically_qualified": 65_00, "unqualified": 40_00}


def rulebook_with(**changes: Any) -> Rulebook:
    return parse_appraisal(appraisal_default() | ROUND | changes)


def members_tally(*votes: int, eligible: int = 20) -> Tally:
    return Tally(eligible, sum(votes), dict(zip(GRADES, votes, strict=True)))


def masses_tally(*votes: int, eligible: int = 20) -> Tally:
    return Tally(eligible, sum(votes), dict(zip(MASS_CHOICES, votes, strict=True)))


def make_appraised(number: int, says: str = "excellent", **changes: Any) -> Appraised:
    """A member for whom total, both ballots and opinion all say one grade."""
    fields: dict[str, Any] = {
        "member": f"m{number:03d}",
        "name": f"党员{number}",
        "total": TOTALS[says],
        "members": members_tally(*MEMBERS[says]),
        "masses": masses_tally(*MASSES[says]),
        "opinion": says,
    }
    return Appraised(**(fields | changes))
