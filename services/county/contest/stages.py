"""The stepper of a contest and what its pages share: where it stands, what each stage came to."""

from typing import Any

from flask import g, url_for
from flask_babel import format_date, gettext
from sqlalchemy.orm import Session

from services.county.contest.course import ORDER, contest_by_id
from services.county.contest.models import Contest
from services.county.contest.records import last_edition, standing_trial
from services.county.returns.progress import totals
from shared.kit.i18n import N_

# The lock and the publication are one step for the reader: two people within a day or two.
STEPS = (
    (N_("规则"), ("draft",), "contest.overview"),
    (N_("收集"), ("collecting",), "contest.returns"),
    (N_("核实"), ("verifying",), "contest.returns"),
    (N_("试算"), ("trial",), "contest.trial"),
    (N_("公示"), ("publicity",), "contest.objections"),
    (N_("锁定发布"), ("locked", "published"), "contest.result"),
)


def shown(session: Session, contest_id: Any) -> Contest:
    """The contest a page is about; its note on generated figures goes into the page's banner."""
    contest = contest_by_id(session, contest_id)
    g.synthetic_note = contest.synthetic_note
    return contest


def steps(session: Session, contest: Contest) -> list[dict[str, Any]]:
    """The stages with their state, as ui/page.html draws them; stages reached are links."""
    notes = _notes(session, contest)
    return [
        {
            "label": gettext(label),
            "note": notes.get(states[0], ""),
            "state": _state(contest.state, states),
            "href": url_for(endpoint, contest_id=contest.id) if _reached(contest.state, states) else None,
        }
        for label, states, endpoint in STEPS
    ]


def _reached(state: str, states: tuple[str, ...]) -> bool:
    return ORDER.index(state) >= ORDER.index(states[0])


def _state(state: str, states: tuple[str, ...]) -> str:
    if state == "published" or ORDER.index(state) > ORDER.index(states[-1]):
        return "done"
    return "current" if state in states else "todo"


def _notes(session: Session, contest: Contest) -> dict[str, str]:
    """The figure beside each stage."""
    notes = {"collecting": gettext("到 %(day)s", day=format_date(contest.filing_until, "M-d"))}
    if _reached(contest.state, ("collecting",)):
        counted, expected = totals(session, contest)
        notes["verifying"] = f"{counted}/{expected}"
    trial, edition = standing_trial(session, contest), last_edition(session, contest)
    if trial:
        notes["trial"] = gettext("第 %(number)s 次", number=trial.number)
    if contest.objections_until:
        notes["publicity"] = gettext("到 %(day)s", day=format_date(contest.objections_until, "M-d"))
    if edition:
        notes["locked"] = gettext("第 %(number)s 版", number=edition.number)
    return notes
