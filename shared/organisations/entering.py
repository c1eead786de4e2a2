"""Entries made and kept: by the branch for itself, by the township as a deduction. Twice the same is once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.contracts.organisations import OrganisationEntered
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import among, insert_rows
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


@dataclass(frozen=True)
class Filed:
    """One thing of a unit, as it is entered at `at`."""

    unit_id: UUID
    given: Claimed
    at: datetime


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
    made = enter_each(session, tables, actor, year, [Filed(unit_id, given, now)], above=above)
    return made[0] if made else None


def enter_each(
    session: Session,
    tables: Tables,
    actor: SignedIn,
    year: MemberYear,
    filed: Sequence[Filed],
    *,
    above: bool,
) -> list[OrganisationEntered]:
    """Keep entries, all or none, and hand back the messages of those not known yet.

    Raises Unclaimable for what the rule does not take, Absent for an id that is another unit's.
    """
    query = select(tables.entry.id, tables.entry.unit_id)
    ids = [UUID(one.given.id) for one in filed]
    known = {row.id: row.unit_id for row in session.execute(query.where(among(tables.entry.id, ids)))}
    made = []
    for one in filed:
        entry_id = UUID(one.given.id)
        if entry_id in known:
            if known[entry_id] != one.unit_id:
                raise Absent
            continue
        if found := finding(year, one.given, civil(one.at).date(), above=above):
            raise Unclaimable(found)
        known[entry_id] = one.unit_id
        made.append(_entered(actor, year, one))
    rows = [{**_row(body, body.unit_id, above=above, fault=""), "by_id": actor.account_id} for body in made]
    insert_rows(session, tables.entry, rows)
    return made


def _entered(actor: SignedIn, year: MemberYear, one: Filed) -> OrganisationEntered:
    assert year.organisations is not None
    given = one.given
    return OrganisationEntered(
        entry_id=UUID(given.id),
        unit_id=one.unit_id,
        year=year.year,
        scheme=year.organisations.hash,
        item=given.item,
        day=given.day,
        times=given.times,
        what=given.what.strip(),
        witness=given.witness.strip(),
        by=actor.name,
        at=one.at.isoformat(),
    )


def keep_entries(
    session: Session,
    tables: Tables,
    received: Sequence[Received],
    *,
    above: bool,
    read: Callable[[Session, int], MemberYear] = year_of,
) -> None:
    """Keep entries as they arrive, each looked at again by the same rule as of the day it was made.

    `read`: how this tier knows a year.
    """
    years: dict[int, MemberYear | None] = {}
    rows = []
    for item in received:
        body: OrganisationEntered = item.body
        if body.year not in years:
            years[body.year] = _year(session, body.year, read)
        fault = _fault(years[body.year], body, above=above)
        rows.append({**_row(body, item.unit, above=above, fault=fault), "by_id": None})
    if rows:
        session.execute(insert(tables.entry).inline().on_conflict_do_nothing(), rows)


def _year(session: Session, year: int, read: Callable[[Session, int], MemberYear]) -> MemberYear | None:
    try:
        return read(session, year)
    except Absent:
        return None


def _fault(year: MemberYear | None, body: OrganisationEntered, *, above: bool) -> str:
    if year is None or year.organisations is None or year.organisations.hash != body.scheme:
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
    rows = []
    for item in received:
        body: Any = item.body
        rows.append(
            {
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
        )
    if rows:
        session.execute(insert(tables.word).inline().on_conflict_do_nothing(), rows)
