"""Entries made and kept: by the branch for itself, by the township as a deduction. Twice the same is once."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.contracts.organisations import OrganisationEntered
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.organisations.ledger import Tables
from shared.organisations.wording import REFUSALS
from shared.rules.points.claims import Claimant, Claimed, Finding, refusal
from shared.rules.points.year import Month
from shared.sync.records import Received
from shared.sync.years import MemberYear, year_of


class Unclaimable(Refused):
    """The rules do not take this entry; `code` names the refusal."""

    status = 422

    def __init__(self, finding: Finding) -> None:
        super().__init__(REFUSALS[finding.code], **finding.values)
        self.code = finding.code


def finding(year: MemberYear, given: Claimed, today: date, *, above: bool) -> Finding | None:
    """Why an entry of `today` cannot be taken, or None. Late days run from the end of the month done."""
    scheme = year.organisations
    if scheme is None:
        return Finding("no_scheme")
    if given.day.year != year.year:
        return Finding("other_year", {"year": year.year})
    over: set[Month] = {
        (year.year, month) for month in range(1, 13) if (year.year, month) < (today.year, today.month)
    }
    found = refusal(scheme, given, Claimant(), today, over, by_branch=above)
    if found is None and above and scheme.by_code[given.item].by != "branch":
        return Finding("own_only", {"item": scheme.by_code[given.item].name})
    return found


def enter(
    session: Session,
    tables: Tables,
    actor: SignedIn,
    unit_id: UUID,
    year: MemberYear,
    given: Claimed,
    now: datetime,
    *,
    above: bool,
) -> OrganisationEntered | None:
    """Keep an entry and hand back its message, None where its id is known. Raises Unclaimable, Absent."""
    known = session.get(tables.entry, UUID(given.id))
    if known is not None:
        if known.unit_id != unit_id:
            raise Absent
        return None
    if found := finding(year, given, civil(now).date(), above=above):
        raise Unclaimable(found)
    assert year.organisations is not None
    body = OrganisationEntered(
        entry_id=UUID(given.id),
        unit_id=unit_id,
        year=year.year,
        scheme=year.organisations.hash,
        item=given.item,
        day=given.day,
        times=given.times,
        what=given.what.strip(),
        witness=given.witness.strip(),
        by=actor.name,
        at=now.isoformat(),
    )
    session.add(tables.entry(**_row(body, unit_id, above=above, fault=""), by_id=actor.account_id))
    session.flush()
    return body


def keep_entries(session: Session, tables: Tables, received: Sequence[Received], *, above: bool) -> None:
    """Keep entries as they arrive, each looked at again by the same rule as of the day it was made."""
    for item in received:
        body: OrganisationEntered = item.body
        row = _row(body, item.unit, above=above, fault=_fault(session, body, above=above))
        session.execute(insert(tables.entry).inline().values({**row, "by_id": None}).on_conflict_do_nothing())


def _fault(session: Session, body: OrganisationEntered, *, above: bool) -> str:
    try:
        year = year_of(session, body.year)
    except Absent:
        return "no_scheme"
    if year.organisations is None or year.organisations.hash != body.scheme:
        return "no_scheme"
    given = Claimed(body.item, body.day, body.times, body.what, body.witness)
    found = finding(year, given, civil(datetime.fromisoformat(body.at)).date(), above=above)
    return found.code if found else ""


def _row(body: OrganisationEntered, unit_id: UUID, *, above: bool, fault: str) -> dict[str, Any]:
    return {
        "id": body.entry_id,
        "unit_id": unit_id,
        "year": body.year,
        "scheme": body.scheme,
        "item": body.item,
        "day": body.day,
        "times": body.times,
        "what": body.what,
        "witness": body.witness,
        "above": above,
        "fault": fault,
        "by": body.by,
        "at": datetime.fromisoformat(body.at),
    }


def keep_words(session: Session, tables: Tables, received: Sequence[Received], kind: str = "") -> None:
    """Keep words as they arrive; `kind` for those that have no verdict of their own (replies)."""
    for item in received:
        body: Any = item.body
        row = {
            "id": body.word_id,
            "entry_id": body.entry_id,
            "unit_id": item.unit,
            "kind": kind or body.verdict,
            "points": None if kind else body.points,
            "text": body.text if kind else body.reason,
            "by": body.by,
            "by_id": None,
            "at": datetime.fromisoformat(body.at),
        }
        session.execute(insert(tables.word).inline().values(row).on_conflict_do_nothing())
