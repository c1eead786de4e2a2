"""Outcomes (结果运用、三项机制, M12), pure, and their face: proposals, shields, clocks, undoing."""

from .clocks import Deadlines, ToleranceClocks, deadlines, tolerance_deadlines
from .course import FORCE, SORTS, STATES, VERDICTS, Standing, Word, may_say, next_words, same_person, standing
from .course import KINDS as WORDS
from .given import proposals_digest, propose_for, read_subject, redraw, subject_document
from .offices import (
    FOR_MEMBER,
    FROM_ABOVE,
    NOBODY,
    OFFICIAL,
    SECOND,
    STANDING_IN,
    Referral,
    lacking,
    office,
    referral,
)
from .proposing import RULE_VERSION, Proposal, may_shield, propose, shieldable_for
from .rulebook import parse_outcomes
from .rulebook_values import FLAGS, KINDS, MECHANISMS, TIERS, Clocks, FollowUp, Rule, Rulebook
from .subject import HelpPeriod, Shield, Subject, help_state
from .undoing import Consequence, CounterEntry, undo

__all__ = [
    "FLAGS",
    "FORCE",
    "FOR_MEMBER",
    "FROM_ABOVE",
    "KINDS",
    "MECHANISMS",
    "NOBODY",
    "OFFICIAL",
    "RULE_VERSION",
    "SECOND",
    "SORTS",
    "STANDING_IN",
    "STATES",
    "TIERS",
    "VERDICTS",
    "WORDS",
    "Clocks",
    "Consequence",
    "CounterEntry",
    "Deadlines",
    "FollowUp",
    "HelpPeriod",
    "Proposal",
    "Referral",
    "Rule",
    "Rulebook",
    "Shield",
    "Standing",
    "Subject",
    "ToleranceClocks",
    "Word",
    "deadlines",
    "help_state",
    "lacking",
    "may_say",
    "may_shield",
    "next_words",
    "office",
    "parse_outcomes",
    "proposals_digest",
    "propose",
    "propose_for",
    "read_subject",
    "redraw",
    "referral",
    "same_person",
    "shieldable_for",
    "standing",
    "subject_document",
    "tolerance_deadlines",
    "undo",
]
