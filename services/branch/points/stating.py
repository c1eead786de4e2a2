"""A closed month as it travels: the lines with which the tiers above recompute it."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.branch.points.books import Booked, Books
from services.branch.points.models import Statement
from shared.contracts.statements import ClaimLine, MemberLine, PostedEntry, StatementClosed, StruckLine
from shared.rules.points.year import RULE_VERSION


def message(
    statement: Statement,
    lines: Sequence[dict[str, Any]],
    books: Books,
) -> StatementClosed:
    """The statement's message; `lines` are the rows of its members, by number."""
    place = {line["member_id"]: number for number, line in enumerate(lines)}
    schemes = sorted(
        {claim.scheme for claim in (*books.fresh, *books.struck)} | {one["scheme"] for one in lines}
    )
    return StatementClosed(
        statement_id=statement.id,
        branch_id=statement.unit_id,
        year=statement.year,
        month=statement.month,
        part=statement.part,
        note=statement.note,
        schemes=schemes,
        rule_version=RULE_VERSION,
        members=[_member_line(one, schemes) for one in lines],
        claims=[
            *(_claim_line(claim, place, schemes, alive=True) for claim in books.fresh),
            *(_claim_line(claim, place, schemes, alive=False) for claim in books.struck),
        ],
        carried_struck=[
            StruckLine(place[one.member_id], one.branch_id, one.number) for one in books.carried_struck
        ],
        figures=statement.figures,
        closed_by=statement.closed_by,
        closed_at=statement.closed_at.isoformat(),
        salt=secrets.token_hex(16),
        upto=books.upto[1] if books.upto[1] > statement.month else 0,
    )


def _member_line(line: Mapping[str, Any], schemes: Sequence[str]) -> MemberLine:
    return MemberLine(
        member_id=line["member_id"],
        scheme=schemes.index(line["scheme"]),
        exempt=line["exempt"],
        total=line["total"],
        attendance=line["attendance"],
        posted=[PostedEntry(*entry) for entry in line["posted"]],
    )


def _claim_line(
    claim: Booked, place: Mapping[UUID, int], schemes: Sequence[str], *, alive: bool
) -> ClaimLine:
    assert claim.points is not None
    return ClaimLine(
        member=place[claim.member_id],
        number=claim.number,
        scheme=schemes.index(claim.scheme),
        item=claim.item,
        category=claim.category,
        day=claim.day,
        points=claim.points,
        alive=alive,
    )
