"""Counting a branch's statement again from its own claim lines, with the rule function the branch used."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.contracts.statements import ClaimLine, StatementClosed
from shared.rules.points.posting import Posting, postings
from shared.rules.points.scheme_values import Scheme
from shared.rules.points.year import Done, Month, month_of, year_points

Schemes = Mapping[str, Scheme]


@dataclass(frozen=True)
class Difference:
    """A member whose postings are not what the claims give; hundredths."""

    member_id: UUID
    posted: int
    counted: int


def tangled(statement: StatementClosed, schemes: Schemes) -> set[UUID]:
    """Members whose postings depend on earlier statements: late claims, strikes, caps over the year."""
    closing = (statement.year, statement.month)
    found = set()
    for line in statement.claims:
        category = schemes[statement.schemes[line.scheme]].category[line.category]
        if statement.part > 1 or not line.alive or month_of(line.day) != closing or category.period == "year":
            found.add(statement.members[line.member].member_id)
    return found


def recount(
    statement: StatementClosed, schemes: Schemes, earlier: Sequence[StatementClosed] = ()
) -> list[Difference]:
    """Members for whom the statement posts something else than its claims give; [] where all is equal.

    `earlier` are the branch's statements of the year before this one, in the order they were closed; only
    needed where `tangled` names somebody.
    """
    closing = (statement.year, statement.month)
    done = _alive([*earlier, statement], schemes)
    before = _posted(earlier)
    differences = []
    for line in statement.members:
        owed = year_points(done.get(line.member_id, {}).values())
        counted = postings(owed, before.get(line.member_id, {}), closing)
        given = [Posting(_month(one.done), one.category, one.points, one.kind) for one in line.posted]
        if sorted(given, key=_order) != sorted(counted, key=_order) or line.total != _sum(counted):
            differences.append(Difference(line.member_id, line.total, _sum(counted)))
    return differences


def _order(entry: Posting) -> tuple[Month, str]:
    return entry.done, entry.category


def _sum(entries: Iterable[Posting]) -> int:
    return sum(entry.points for entry in entries)


def _month(text: str) -> Month:
    return int(text[:4]), int(text[5:])


def _alive(statements: Iterable[StatementClosed], schemes: Schemes) -> dict[UUID, dict[int, Done]]:
    """Approved claims that still stand, by member and number."""
    found: dict[UUID, dict[int, Done]] = defaultdict(dict)
    for statement in statements:
        for line in statement.claims:
            member = statement.members[line.member].member_id
            if line.alive:
                found[member][line.number] = _done(statement, line, schemes)
            else:
                found[member].pop(line.number, None)
    return found


def _done(statement: StatementClosed, line: ClaimLine, schemes: Schemes) -> Done:
    scheme = schemes[statement.schemes[line.scheme]]
    return Done(f"{line.number:08}", line.day, scheme, scheme.by_code[line.item], line.points)


def _posted(statements: Iterable[StatementClosed]) -> dict[UUID, dict[tuple[Month, str], int]]:
    found: dict[UUID, dict[tuple[Month, str], int]] = defaultdict(dict)
    for statement in statements:
        for line in statement.members:
            for one in line.posted:
                key = (_month(one.done), one.category)
                found[line.member_id][key] = found[line.member_id].get(key, 0) + one.points
    return found
