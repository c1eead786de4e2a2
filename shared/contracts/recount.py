"""Counting a branch's statement again from its own claim lines, with the rule function the branch used."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from shared.contracts.statements import ClaimLine, StatementClosed
from shared.contracts.transfers import TransferClosed
from shared.rules.points.posting import Posting, postings
from shared.rules.points.scheme_values import Scheme
from shared.rules.points.year import Done, Line, Month, month_of, year_points

Schemes = Mapping[str, Scheme]
# By member, the newest closing record with which somebody came to the branch.
Carried = Mapping[UUID, TransferClosed]
NOBODY: Carried = MappingProxyType({})


@dataclass(frozen=True)
class Difference:
    """A member whose postings are not what the claims give; hundredths."""

    member_id: UUID
    posted: int
    counted: int


def tangled(statement: StatementClosed, schemes: Schemes, carried: Carried = NOBODY) -> set[UUID]:
    """Members whose postings depend on what was before: late claims, strikes, yearly caps, transfers.

    A further part of a month stands on the parts before it with everybody's line.
    """
    closing = (statement.year, statement.month)
    if statement.part > 1:
        return {line.member_id for line in statement.members}
    found = {line.member_id for line in statement.members if line.member_id in carried}
    for line in statement.claims:
        category = schemes[statement.schemes[line.scheme]].category[line.category]
        if not line.alive or month_of(line.day) != closing or category.period == "year":
            found.add(statement.members[line.member].member_id)
    return found


def recount(
    statement: StatementClosed,
    schemes: Schemes,
    earlier: Sequence[StatementClosed] = (),
    carried: Carried = NOBODY,
) -> list[Difference]:
    """Members for whom the statement posts something else than its claims give; [] where all is equal.

    `earlier` are the branch's statements of the year before this one, in the order they were closed; only
    needed where `tangled` names somebody. What a transfer carried stands for all that was before it.
    """
    closing = (statement.year, statement.month)
    upto = (statement.year, statement.upto or statement.month)
    done = _alive([*earlier, statement], schemes, carried)
    before = posted_by_month(earlier, statement.year, carried)
    differences = []
    for line in statement.members:
        owed = year_points(done.get(line.member_id, {}).values())
        counted = postings(owed, before.get(line.member_id, {}), closing, upto)
        given = [Posting(_month(one.done), one.category, one.points, one.kind) for one in line.posted]
        if sorted(given, key=_order) != sorted(counted, key=_order) or line.total != _sum(counted):
            differences.append(Difference(line.member_id, line.total, _sum(counted)))
    return differences


def claim_points(
    statements: Iterable[StatementClosed], schemes: Schemes, carried: Carried = NOBODY
) -> dict[UUID, dict[int, Line]]:
    """What each claim of the branch's own that stands is worth, by member and claim number.

    `statements` are one branch's statements of a year in the order they were closed; what was carried here
    takes its share of the caps.
    """
    return {
        member: {
            int(line.id): line
            for month in year_points(done.values()).values()
            for line in month.lines
            if line.id.isdigit()
        }
        for member, done in _alive(statements, schemes, carried).items()
    }


def category_sums(statement: StatementClosed) -> dict[str, int]:
    """Hundredths that a statement posts, by category."""
    sums: dict[str, int] = {}
    for line in statement.members:
        for one in line.posted:
            sums[one.category] = sums.get(one.category, 0) + one.points
    return sums


def _order(entry: Posting) -> tuple[Month, str]:
    return entry.done, entry.category


def _sum(entries: Iterable[Posting]) -> int:
    return sum(entry.points for entry in entries)


def _month(text: str) -> Month:
    return int(text[:4]), int(text[5:])


def settled(statement: StatementClosed, member: UUID, carried: Carried) -> bool:
    """Whether what this statement says of the member is part of what was carried here later."""
    return member in carried and datetime.fromisoformat(statement.closed_at) <= datetime.fromisoformat(
        carried[member].at
    )


def _alive(
    given: Iterable[StatementClosed], schemes: Schemes, carried: Carried = NOBODY
) -> dict[UUID, dict[int | str, Done]]:
    """Approved claims that still stand, by member and number; carried ones by their own id."""
    found: dict[UUID, dict[int | str, Done]] = defaultdict(dict)
    statements = list(given)
    for member, record in carried.items():
        year = record.year(statements[-1].year)
        found[member] = {one.id: one for one in year.done(schemes)} if year else {}
    for statement in statements:
        for line in statement.claims:
            member = statement.members[line.member].member_id
            if settled(statement, member, carried):
                continue
            if line.alive:
                found[member][line.number] = _done(statement, line, schemes)
            else:
                found[member].pop(line.number, None)
        for struck in statement.carried_struck:
            member = statement.members[struck.member].member_id
            if not settled(statement, member, carried):
                found[member].pop(struck.id, None)
    return found


def _done(statement: StatementClosed, line: ClaimLine, schemes: Schemes) -> Done:
    scheme = schemes[statement.schemes[line.scheme]]
    return Done(f"{line.number:08}", line.day, scheme, scheme.by_code[line.item], line.points)


def posted_by_month(
    statements: Iterable[StatementClosed], year: int, carried: Carried
) -> dict[UUID, dict[tuple[Month, str], int]]:
    """Hundredths posted so far for each member by (month, category), what a transfer carried here with it."""
    found: dict[UUID, dict[tuple[Month, str], int]] = defaultdict(dict)
    for member, record in carried.items():
        before = record.year(year)
        found[member] = before.sums() if before else {}
    for statement in statements:
        for line in statement.members:
            if settled(statement, line.member_id, carried):
                continue
            for one in line.posted:
                key = (_month(one.done), one.category)
                found[line.member_id][key] = found[line.member_id].get(key, 0) + one.points
    return found
