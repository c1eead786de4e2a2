"""The rulebook of outcomes (结果运用、三项机制, M12) as values; `rulebook.parse_outcomes` builds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from shared.rules.fields import Heading

TIERS = ("branch", "county")
# 能上, 帮扶, 能下, 容错纠错, and what goes to discipline or law.
MECHANISMS = ("rise", "help", "step_down", "tolerance", "discipline")
KINDS = (
    *("material_reward", "honours", "rise", "help_talk", "help_period", "help_review"),
    *("correction_notice", "alert_notice", "warning", "reminder_talk", "step_down", "theory_test"),
    *("removal", "fault_tolerance", "referral"),
)
BREACHES = ("discipline_breach", "law_breach")
FLAGS = (*("leading", "in_post", "no_post", "reserve", "candidate"), *BREACHES, "tolerance_requested")
HELP = ("none", "running", "over", "failed", "improved")


@dataclass(frozen=True)
class Grade:
    code: str
    name: str
    name_en: str


@dataclass(frozen=True)
class When:
    """All that is given must hold. `total_below` in hundredths; empty tuples and None ask nothing.

    `consecutive` is (grades, years): so many years in a row up to this one. `lowest` n: among the last n
    of the pool; `best_of_grade` n: among the first n of the same grade. `help`: the help period's state.
    """

    grade_in: tuple[str, ...]
    flags: tuple[str, ...]
    without: tuple[str, ...]
    field_in: tuple[str, ...]
    consecutive: tuple[tuple[str, ...], int] | None
    lowest: int | None
    best_of_grade: int | None
    total_below: int | None
    help: str


@dataclass(frozen=True)
class Clocks:
    """Working days after the decision: to reply, ask for a hearing, appeal, and put right what was found.

    0: no such clock.
    """

    reply: int = 0
    hearing: int = 0
    appeal: int = 0
    correct: int = 0


@dataclass(frozen=True)
class FollowUp:
    """What is looked at again so many calendar days after the decision."""

    days: int
    name: str
    name_en: str


@dataclass(frozen=True)
class Rule:
    """One outcome. `tier` decides; `one_of` groups outcomes of which people choose one.

    `heard_first`: the member is heard before the decision. `shieldable`: fault tolerance may suspend it.
    `document` names the template of the notice, '' when there is none.
    """

    code: str
    name: str
    name_en: str
    mechanism: str
    kind: str
    tier: str
    when: When
    what: str
    what_en: str
    clause: str
    source: str
    certainty: str
    heard_first: bool
    public: bool
    shieldable: bool
    document: str
    one_of: str
    clocks: Clocks
    follow_up: FollowUp | None

    @property
    def second_person(self) -> bool:
        """A second person confirms every decision, whatever the rulebook says (M12)."""
        return True


@dataclass(frozen=True)
class Tolerance:
    """Fault tolerance (容错纠错): the longest period in calendar days, working days to verify and decide."""

    most_days: int
    verify_days: int
    decide_days: int
    clause: str


@dataclass(frozen=True)
class Appeals:
    """Working days to appeal against a grade after it was fed back, and to decide any appeal."""

    grade_days: int = 15
    decide_days: int = 30


@dataclass(frozen=True)
class Rulebook:
    """Outcome rules in the order in which they are proposed."""

    heading: Heading
    grades: Mapping[str, Grade]
    tolerance: Tolerance
    rules: tuple[Rule, ...]
    appeals: Appeals = Appeals()

    @property
    def hash(self) -> str:
        return self.heading.hash

    @cached_property
    def by_code(self) -> dict[str, Rule]:
        return {rule.code: rule for rule in self.rules}
