"""What the pages of ballots show: my ballots, a sheet to fill in, a box for who holds the ballot."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.ballots.boxes import live_box, not_yet, turnout
from services.branch.ballots.casting import has_voted, on_roll
from services.branch.ballots.counting import tallies, waiting_paper
from services.branch.ballots.models import BallotBox, PaperTally
from services.branch.ballots.slips import handed_slips, waiting_slips
from services.branch.transfers.stays import roster_on
from services.branch.village import village
from shared.contracts.documents import RulebookPublished
from shared.kit.clock import civil
from shared.kit.errors import Absent
from shared.kit.i18n import N_, named
from shared.kit.persons import same_person
from shared.kit.web import db, me, now
from shared.rules.appraisal import Rulebook, parse_appraisal, publishable, tally_holds
from shared.sync.asked_year import unclosed, year
from shared.sync.publications import latest

KINDS = {"members": N_("党员民主测评"), "masses": N_("群众测评")}
STATES = {
    "open": (N_("投票中"), "amber"),
    "counted": (N_("已计票"), "green"),
    "voided": (N_("已作废"), ""),
}
_parsed: dict[str, Rulebook] = {}


def rulebook_of(session: Session, box: BallotBox) -> Rulebook:
    """The rulebook a box was opened under. Raises Absent."""
    if box.rulebook not in _parsed:
        published = latest(session, RulebookPublished, box.rulebook)
        if published is None:
            raise Absent
        _parsed[box.rulebook] = parse_appraisal(json.loads(published.text))
    return _parsed[box.rulebook]


def ballots_page() -> dict[str, Any]:
    """My ballots; for who holds them, every box of the year."""
    here, holding = year(), me().may("ballot.hold")
    boxes = db().scalars(
        select(BallotBox)
        .where(BallotBox.unit_id == village().id, BallotBox.year == here.year)
        .order_by(BallotBox.kind.desc(), BallotBox.opened_at.desc())
    )
    found = list(boxes)
    live = {box.kind for box in found if box.state != "voided"}
    return {
        "year": here.year,
        "mine": [_mine(box) for box in found if box.state == "open" and on_roll(db(), box, me().person_id)],
        "boxes": [_row(box) for box in found] if holding else [],
        "to_open": [
            {"label": gettext(words), "href": url_for("ballots.open_form", kind=kind)}
            for kind, words in KINDS.items()
            if holding and kind not in live
        ],
        "holding": holding,
    }


def waiting_votes() -> int:
    """The number beside the ballots in the header: open boxes in which I have not voted."""
    return len(years_to_vote())


def years_to_vote() -> list[int]:
    """The unclosed years with an open box in which I may vote and have not."""
    person = me().person_id
    if person is None:
        return []
    boxes = [live_box(db(), me().unit.id, one.year, "members") for one in unclosed()]
    return [
        box.year
        for box in boxes
        if box and box.state == "open" and on_roll(db(), box, person) and not has_voted(db(), box, person)
    ]


def own_things() -> list[dict[str, Any]]:
    """The same as a member's first page and the desk say it."""
    return [
        {
            "words": gettext("%(year)s 年的测评等您投票", year=one),
            "href": url_for("ballots.page", year=one),
            "action": gettext("去投票"),
        }
        for one in years_to_vote()
    ]


def _mine(box: BallotBox) -> dict[str, Any]:
    person = me().person_id
    assert person is not None
    return {
        "label": gettext(KINDS[box.kind]),
        "voted": has_voted(db(), box, person),
        "href": url_for("ballots.vote_form", box_id=box.id),
    }


def _row(box: BallotBox) -> dict[str, Any]:
    words, colour = STATES[box.state]
    if box.state == "open" and box.void_asked_at is not None:
        words, colour = N_("作废等确认"), "red"
    elif box.state == "open" and waiting_slips(db(), box):
        words, colour = N_("测评码等确认发放"), "red"
    found = turnout(db(), box)
    return {
        "label": gettext(KINDS[box.kind]),
        "state": gettext(words),
        "colour": colour,
        "cast": found.cast if box.state != "voided" else None,
        "eligible": found.eligible if box.state != "voided" else None,
        "who": box.ended_by or box.opened_by,
        "when": box.ended_at or box.opened_at,
        "href": url_for("ballots.box", box_id=box.id),
        "reason": box.reason,
    }


def sheet_page(
    session: Session, box: BallotBox, unit: str, errors: Sequence[dict[str, str]] = (), code: str = ""
) -> dict[str, Any]:
    """The sheet to fill in: every name with the rulebook's choices; the same for everyone."""
    rulebook = rulebook_of(session, box)
    choices = [{"value": one.code, "label": named(one)} for one in rulebook.ballots[box.kind].choices]
    return {
        "title": gettext(KINDS[box.kind]),
        "unit": unit,
        "subjects": [
            {"id": one, "name": name, "value": request.form.get(f"choice-{one}")}
            for one, name in zip(box.subjects, box.names, strict=True)
        ],
        "choices": choices,
        "code": code,
        "errors": list(errors),
        "back": None if code else {"label": gettext("测评"), "href": url_for("ballots.page")},
    }


def open_page(kind: str, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """Opening a box: the two tellers."""
    roster = roster_on(db(), village().id, min(civil(now()).date(), date(year().year, 12, 31)))
    return {
        "title": gettext("开票箱：%(kind)s", kind=gettext(KINDS[kind])),
        "kind": kind,
        "tellers": {
            number: [
                {
                    "value": str(one.id),
                    "label": one.name,
                    "selected": request.form.get(f"teller_{number}") == str(one.id),
                }
                for one in roster
                if one.id != me().person_id
            ]
            for number in ("1", "2")
        },
        "subjects": len(roster),
        "voters": sum(one.status == "full" for one in roster),
        "typed": request.form,
        "errors": list(errors),
    }


def box_page(box: BallotBox, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """One box: turnout, what can be done with it now, or its totals."""
    rulebook, words = rulebook_of(db(), box), STATES[box.state]
    found = turnout(db(), box)
    quorum = tally_holds(rulebook, box.kind, found.eligible, found.cast) if box.state != "voided" else None
    paper = waiting_paper(db(), box) if box.state == "open" else None
    choices = rulebook.ballots[box.kind].choices
    names = dict(zip(box.subjects, box.names, strict=True))
    return {
        "title": gettext(KINDS[box.kind]),
        "box": box,
        "state": gettext(words[0]),
        "colour": words[1],
        "turnout": found,
        "quorum": quorum,
        "tellers": [names.get(one, "") for one in box.tellers],
        "missing": not_yet(db(), box) if box.state == "open" and box.kind == "members" else [],
        "subjects": [{"id": one, "name": names[one]} for one in box.subjects],
        "choices": [{"code": one.code, "label": named(one)} for one in choices],
        "paper": _paper(paper, names) if paper else None,
        "slips": _slips(box),
        "void": _void(box) if box.state == "open" and box.void_asked_at else None,
        "totals": _totals(box, rulebook, names) if box.state == "counted" else None,
        "typed": request.form,
        "errors": list(errors),
    }


def _void(box: BallotBox) -> dict[str, Any]:
    return {
        "reason": box.void_reason,
        "who": box.void_asked_by,
        "when": box.void_asked_at,
        "own": same_person(db(), me(), box.void_asked_by_id, box.void_asked_by),
    }


def _slips(box: BallotBox) -> dict[str, Any]:
    """Slips handed out, and the batch that waits for a second person."""
    batch = waiting_slips(db(), box) if box.state == "open" else None
    return {
        "waiting": batch,
        "own": batch is not None and same_person(db(), me(), batch.printed_by_id, batch.printed_by),
        "handed": handed_slips(db(), box) if box.kind == "masses" else [],
    }


def _paper(paper: PaperTally, names: Mapping[str, str]) -> dict[str, Any]:
    counts = paper.counts or {}
    return {
        "sheets": paper.sheets,
        "who": paper.entered_by,
        "own": same_person(db(), me(), paper.entered_by_id, paper.entered_by),
        "rows": [{"name": names[one], "counts": counts.get(one, {})} for one in names],
        "voters": [names.get(one, "") for one in paper.voters],
    }


def _totals(box: BallotBox, rulebook: Rulebook, names: Mapping[str, str]) -> dict[str, Any]:
    """Splits only of what has enough voters; the rest together, or not at all."""
    found = {str(one): tally for one, tally in tallies(db(), box).items()}
    shown = publishable(rulebook, found)
    return {
        "rows": [
            {
                "name": names[one],
                "counts": shown.shown[one].counts,
                "blank": box.cast - shown.shown[one].valid,
            }
            for one in names
            if one in shown.shown
        ],
        "together": [names[one] for one in shown.together],
    }


def subject_counts(box: BallotBox, codes: Sequence[str]) -> dict[str, dict[str, int]]:
    """The numbers typed beside each name (`n-<member>-<choice>`). Raises ValueError for what is no number."""
    found: dict[str, dict[str, int]] = {}
    for subject in box.subjects:
        for code in codes:
            typed = request.form.get(f"n-{subject}-{code}", "").strip()
            if typed:
                found.setdefault(subject, {})[code] = int(typed)
    return found


def typed_choices() -> dict[str, str]:
    """Choice codes by subject, as posted."""
    prefix = "choice-"
    return {
        name.removeprefix(prefix): value
        for name, value in request.form.items()
        if name.startswith(prefix) and value
    }


def person() -> UUID:
    """The signed-in person; raises Absent for an account that is nobody's."""
    found = me().person_id
    if found is None:
        raise Absent
    return found
