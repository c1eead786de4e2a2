"""The course of a contest year (mission row M5): which step may follow which, and who may still act.

Dates are civil dates of the county; `today` is passed in.
"""

from dataclasses import dataclass
from datetime import date

STAGES = ("draft", "collecting", "verifying", "trial", "publicity", "locked", "published")

# Steps back are named too: a trial that finds a gap reopens verification, an upheld objection the trial.
NEXT = {
    "draft": ("collecting",),
    "collecting": ("verifying",),
    "verifying": ("trial", "collecting"),
    "trial": ("publicity", "verifying"),
    "publicity": ("locked", "trial"),
    "locked": ("published",),
    "published": (),
}


@dataclass(frozen=True)
class Course:
    """Where a contest stands, as the tier asking knows it."""

    stage: str
    filing_until: date
    verifying_until: date
    objections_until: date | None = None

    def may_file(self, today: date, *, sent_back: bool, excepted: bool = False) -> bool:
        """Whether a branch may file: while collecting and in time, or later to refile what was sent back.

        `excepted`: the county lets this village file late, up to the trial at most.
        """
        if sent_back or excepted:
            return self.stage in ("collecting", "verifying")
        return self.stage == "collecting" and today <= self.filing_until

    def may_verify(self) -> bool:
        """Whether a township may verify and approve."""
        return self.stage in ("collecting", "verifying")

    def may_object(self, today: date) -> bool:
        """Whether an objection is in time: during publicity, to the end of its last working day."""
        return self.stage == "publicity" and (self.objections_until is None or today <= self.objections_until)


def may_step(before: str, after: str) -> bool:
    """Whether a contest may go from one stage to another."""
    return after in NEXT[before]
