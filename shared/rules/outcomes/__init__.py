"""Outcomes (结果运用、三项机制, M12), pure, and their face: proposals, shields, clocks, undoing."""

from .clocks import Deadlines, ToleranceClocks, deadlines, tolerance_deadlines
from .proposing import RULE_VERSION, Proposal, may_shield, propose
from .rulebook import parse_outcomes
from .rulebook_values import FLAGS, KINDS, MECHANISMS, TIERS, Clocks, FollowUp, Rule, Rulebook
from .subject import HelpPeriod, Shield, Subject, help_state
from .undoing import Consequence, CounterEntry, undo

__all__ = [
    "FLAGS",
    "KINDS",
    "MECHANISMS",
    "RULE_VERSION",
    "TIERS",
    "Clocks",
    "Consequence",
    "CounterEntry",
    "Deadlines",
    "FollowUp",
    "HelpPeriod",
    "Proposal",
    "Rule",
    "Rulebook",
    "Shield",
    "Subject",
    "ToleranceClocks",
    "deadlines",
    "help_state",
    "may_shield",
    "parse_outcomes",
    "propose",
    "tolerance_deadlines",
    "undo",
]
