"""Subjects and proposals as plain documents: what a drawing-up pins, and what it is checked against later."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from shared.rules.canonical import digest

from .proposing import Proposal, propose
from .rulebook_values import Rulebook
from .subject import HelpPeriod, Shield, Subject


def subject_document(subject: Subject) -> dict[str, Any]:
    """A subject as JSON; what is empty is left out."""
    made: dict[str, Any] = {
        "member": subject.member,
        "year": subject.year,
        "grade": subject.grade,
        "total": subject.total,
        "flags": sorted(subject.flags),
        "field": subject.field,
        "history": {str(year): grade for year, grade in sorted(subject.history.items())},
        "place_in_grade": subject.place_in_grade,
        "from_bottom": subject.from_bottom,
        "help": [[one.year, one.first.isoformat(), one.last.isoformat(), one.result] for one in subject.help],
        "open_cases": sorted(subject.open_cases),
        "shields": [
            [one.case, sorted(one.codes), one.first.isoformat(), _text(one.last), one.granted]
            for one in sorted(subject.shields, key=lambda shield: shield.case)
        ],
    }
    return {name: value for name, value in made.items() if value not in (None, [], {}, "")}


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def read_subject(document: Mapping[str, Any]) -> Subject:
    """Back from the document; KeyError or ValueError for what `subject_document` did not write."""
    return Subject(
        member=document["member"],
        name="",
        year=document["year"],
        grade=document.get("grade"),
        total=document["total"],
        flags=frozenset(document.get("flags", ())),
        field=document.get("field", ""),
        history={int(year): grade for year, grade in document.get("history", {}).items()},
        place_in_grade=document.get("place_in_grade"),
        from_bottom=document.get("from_bottom"),
        help=tuple(
            HelpPeriod(year, date.fromisoformat(first), date.fromisoformat(last), result)
            for year, first, last, result in document.get("help", ())
        ),
        open_cases=frozenset(document.get("open_cases", ())),
        shields=tuple(
            Shield(case, frozenset(codes), date.fromisoformat(first), _day(last), granted)
            for case, codes, first, last, granted in document.get("shields", ())
        ),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def propose_for(rulebook: Rulebook, tier: str, subjects: Iterable[Subject], on: date) -> list[Proposal]:
    """What the rules propose at one tier for these members on that day, in the members' order."""
    return [
        proposal
        for subject in subjects
        for proposal in propose(rulebook, subject, on)
        if proposal.tier == tier
    ]


def proposals_digest(proposals: Iterable[Proposal]) -> str:
    """SHA-256 over who is proposed for what, and why."""
    return digest(
        [[one.member, one.code, [[line.text, line.text_en] for line in one.reasons]] for one in proposals]
    )


def redraw(rulebook: Rulebook, tier: str, given: Iterable[Mapping[str, Any]], on: date) -> str:
    """The digest that pinned subjects come to when they are proposed for again."""
    return proposals_digest(propose_for(rulebook, tier, map(read_subject, given), on))
