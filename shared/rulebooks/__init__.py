"""Regulations as data: the shipped rulebooks and the holiday table, each with its source and certainty."""

import json
from functools import cache
from importlib import resources
from typing import Any


def contest_default_bytes() -> bytes:
    """The shipped contest rulebook as written, for people to read and amend (UTF-8 JSON)."""
    return (resources.files(__name__) / "contest_default.json").read_bytes()


def contest_default() -> dict[str, Any]:
    """The shipped contest rulebook as a fresh document, for `shared.rules.rulebook.parse_rulebook`."""
    document: dict[str, Any] = json.loads(contest_default_bytes())
    return document


@cache
def _holiday_bytes() -> bytes:
    return (resources.files(__name__) / "holidays.json").read_bytes()


def holidays() -> dict[str, Any]:
    """Days off and working weekends by year, for `shared.rules.calendar.parse_calendar`."""
    document: dict[str, Any] = json.loads(_holiday_bytes())
    return document


def _shipped(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((resources.files(__name__) / f"{name}.json").read_bytes())
    return document


def shipped_text(name: str) -> str:
    """A shipped rulebook as written, for a county that has none of its own; `name` as in `points_rural`."""
    return (resources.files(__name__) / f"{name}.json").read_text("utf-8")


def commitment_checks_default() -> dict[str, Any]:
    """Phrase lists and advice on hollow commitments, for `shared.rules.commitments.parse_checks`."""
    return _shipped("commitment_checks_default")


def appraisal_default() -> dict[str, Any]:
    """Year-end appraisal of members, for `shared.rules.appraisal.parse_appraisal`."""
    return _shipped("appraisal_default")


def appraisal_organisations_default() -> dict[str, Any]:
    """Appraisal and classing of organisations (M42), for `shared.rules.appraisal.parse_appraisal`."""
    return _shipped("appraisal_organisations_default")


def outcomes_default() -> dict[str, Any]:
    """Outcomes of the appraisal (三项机制), for `shared.rules.outcomes.parse_outcomes`."""
    return _shipped("outcomes_default")
