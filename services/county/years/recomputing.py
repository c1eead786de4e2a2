"""A year worked out again from what was pinned: every statement, every grade, every proposal (I6).

Nothing is taken from a result: statements and filings are the branches' original bytes, rulebooks are found
by the hash that was pinned.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.grades.models import ConfirmedAppraisal
from services.county.organisations.closing import classings_again
from services.county.outcomes.desk import READING
from services.county.outcomes.models import OutcomeRun
from services.county.points.models import ApprovedStatement
from services.county.transfers.models import Passage
from services.county.years.books import stored_book
from services.county.years.kept import decode, figures_off_from
from services.county.years.models import MemberYear
from services.county.years.originals import Arrived, filings_arrived, statements_arrived
from shared.contracts.appraisal import AppraisalFiled
from shared.contracts.inputs import Otherwise
from shared.contracts.recount import NOBODY, Carried, recount, tangled
from shared.contracts.regrade import differences, inputs_digest, regrade
from shared.contracts.statements import StatementClosed
from shared.kit.errors import Absent
from shared.kit.units import Unit
from shared.rules.appraisal import Rulebook
from shared.rules.outcomes import proposals_digest, propose_for, read_subject
from shared.rules.points.scheme_values import Scheme
from shared.rules.words import RuleError
from shared.sync.kept import otherwise
from shared.sync.passages import carried_by_unit

# What differs, and how.
Found = tuple[str, str]
_filing = msgspec.json.Decoder(AppraisalFiled).decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Differs:
    """Something that does not come out as it was: of which branch (its code), what, and how."""

    branch: str
    what: str
    how: str


@dataclass
class Recomputed:
    """How much was worked out again, and what differs."""

    statements: int
    filings: int
    runs: int
    differing: list[Differs]
    classings: int = 0

    @property
    def equal(self) -> bool:
        """Whether all came out the same."""
        return not self.differing


def recompute(session: Session, year: int) -> Recomputed:
    """Work a year out again, branch by branch. Raises Absent for a year never opened."""
    opened = session.get(MemberYear, year)
    if opened is None:
        raise Absent
    books = {key: stored_book(session, digest) for key, digest in opened.rulebooks.items()}
    schemes = {opened.rulebooks[key]: book.parsed for key, book in books.items() if key.startswith("points/")}
    found = Recomputed(0, 0, 0, [])
    names = {row.id: row.code for row in session.execute(select(Unit.id, Unit.code))}
    carried = carried_by_unit(session, Passage)
    brought = statements_arrived(session), filings_arrived(session)
    for unit_id, code in sorted(names.items(), key=lambda row: row[1]):
        months, changed = _statements(session, unit_id, year, brought[0])
        found.statements += len(months)
        found.differing += [Differs(code, *one) for one in changed]
        came = carried.get(unit_id, NOBODY)
        found.differing += [Differs(code, *one) for one in _recounted(months, schemes, came)]
        filings, changed = _filings(session, unit_id, year, brought[1])
        found.filings += len(filings)
        found.differing += [Differs(code, *one) for one in changed]
        for filed in filings:
            rulebook = books["appraisal"].parsed
            found.differing += [Differs(code, *one) for one in _regraded(rulebook, filed)]
            off = figures_off_from(session, rulebook, list(schemes.values()), filed, months, came)
            found.differing += [Differs(code, *one) for one in _figures(filed, off)]
    query = select(OutcomeRun).where(OutcomeRun.year == year).order_by(OutcomeRun.at, OutcomeRun.id)
    for run in session.scalars(query.execution_options(yield_per=50)):
        found.runs += 1
        if not _proposed_alike(session, run):
            found.differing.append(Differs(names[run.unit_id], "outcomes", f"run {run.id}"))
    for classing in classings_again(session, year):
        found.classings += 1
        if classing.fault:
            found.differing.append(Differs(names[classing.pool_id], "classing", classing.fault))
    return found


def _statements(
    session: Session, unit_id: UUID, year: int, brought: Arrived
) -> tuple[list[StatementClosed], list[Found]]:
    """A branch's approved months in the order they were closed; originals that are not what arrived."""
    row = ApprovedStatement
    query = select(row.id, row.month, row.part, row.original).where(row.unit_id == unit_id, row.year == year)
    found: list[StatementClosed] = []
    changed: list[Found] = []
    for one in session.execute(query.order_by(row.month, row.part)):
        if off := otherwise(brought, one.id, one.original):
            changed.append((f"statement {year}-{one.month:02}/{one.part}", off))
        # What is no message any more has just been said to be another.
        with suppress(msgspec.MsgspecError):
            found.append(decode(one.original))
    return sorted(found, key=lambda one: (one.closed_at, one.month, one.part)), changed


def _recounted(
    statements: list[StatementClosed], schemes: Mapping[str, Scheme], came: Carried
) -> Iterator[tuple[str, str]]:
    for place, one in enumerate(statements):
        what = f"statement {one.year}-{one.month:02}/{one.part}"
        if missing := set(one.schemes) - set(schemes):
            yield what, f"scheme {min(missing)} is not the year's"
            continue
        # A member who came later by a transfer is counted from what the transfer carried.
        here = {member: record for member, record in came.items() if record.at < one.closed_at}
        earlier = statements[:place] if tangled(one, schemes, here) else []
        # Whom a further part of the month counts again is checked there: it posts what was wrong before.
        again = {
            line.member_id for part in statements[place + 1 :] if _answers(part, one) for line in part.members
        }
        for member in (
            found for found in recount(one, schemes, earlier, here) if found.member_id not in again
        ):
            yield what, f"{member.member_id}: posted {member.posted}, counted {member.counted}"


def _answers(part: StatementClosed, one: StatementClosed) -> bool:
    return part.month == one.month and part.part > one.part


def _filings(
    session: Session, unit_id: UUID, year: int, brought: Arrived
) -> tuple[list[AppraisalFiled], list[Found]]:
    """A branch's confirmed years; originals that are not what arrived."""
    row = ConfirmedAppraisal
    query = select(row.id, row.original).where(row.unit_id == unit_id, row.year == year)
    found: list[AppraisalFiled] = []
    changed: list[Found] = []
    for one in session.execute(query.order_by(row.confirmed_at)):
        if off := otherwise(brought, one.id, one.original):
            changed.append((f"filing {one.id}", off))
        with suppress(msgspec.MsgspecError):
            found.append(_filing(one.original))
    return found, changed


def _regraded(rulebook: Rulebook, filed: AppraisalFiled) -> Iterator[tuple[str, str]]:
    what = f"filing {filed.filing_id}"
    try:
        if inputs_digest(rulebook, filed.inputs, filed.decisions, filed.skip_reason) != filed.digest:
            yield what, "its inputs are not those of its digest"
        for one in differences(filed, rulebook):
            yield what, f"{one.member_id}: graded otherwise"
        again = regrade(rulebook, filed.inputs, filed.decisions, filed.skip_reason).wire
        order = {one.member_id: place for place, one in enumerate(filed.grades)}
        if _encode(sorted(again, key=lambda one: order.get(one.member_id, -1))) != _encode(filed.grades):
            yield what, "its grades are other bytes"
    except RuleError as error:
        yield what, error.message_en


def _figures(filed: AppraisalFiled, off: Iterable[Otherwise]) -> Iterator[tuple[str, str]]:
    for one in off:
        yield f"filing {filed.filing_id}", f"{one.member_id}: {one.what} {one.filed}, held {one.held}"


def _proposed_alike(session: Session, run: OutcomeRun) -> bool:
    try:
        rulebook = READING.rulebook(session, run.rulebook)
        subjects = [read_subject(one) for one in run.given]
        again = propose_for(rulebook, READING.tier, subjects, date.fromisoformat(run.drawn_on))
    except (Absent, KeyError, ValueError):
        return False
    return proposals_digest(again) == run.digest and len(again) == run.proposed
