"""Points of one member out of branches' statements, byte for byte as they were closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from shared.contracts.recount import recount, settled
from shared.contracts.statements import ClaimLine, MemberLine, StatementClosed
from shared.contracts.transfers import CarriedClaim, CarriedYear, TransferClosed
from shared.explaining.held import Claim, Part, Points, Step
from shared.explaining.words import both
from shared.rules.points.scheme_values import Scheme
from shared.rules.points.year import Done, Line, year_points

Schemes = Mapping[str, Scheme]
_decode = msgspec.json.Decoder(StatementClosed).decode


@dataclass(frozen=True)
class Stored:
    """One statement as a tier keeps it; `total` and `posted` as it wrote them beside the bytes, None: not.

    `off` says how the bytes differ from those that the stream brought.
    """

    id: UUID
    unit_id: UUID
    original: bytes
    steps: tuple[Step, ...]
    total: int | None = None
    posted: Sequence[Sequence[Any]] | None = None
    whole: int | None = None
    off: str = ""


@dataclass(frozen=True)
class Branches:
    """Where the member is now, the records with which he came, by branch, and whether he ever moved."""

    current: UUID
    came: Mapping[UUID, TransferClosed]
    moved: bool


@dataclass(frozen=True)
class _Read:
    stored: Stored
    body: StatementClosed
    line: MemberLine | None


def points_of(
    member: UUID, year: int, stored: Sequence[Stored], schemes: Schemes, branches: Branches, *, whole: bool
) -> Points:
    """Every claim and posting of the member. `whole`: statements of all branches are held, brought or not."""
    found, broken = _read(member, stored, schemes)
    record = branches.came.get(branches.current)
    carried = record.year(year) if record else None
    claims, done = _claims(member, found, schemes, branches, carried)
    inside = frozenset() if whole or record is None else _inside(member, found, branches)
    return Points(
        schemes=schemes,
        claims=claims,
        counted=_counted(done),
        parts=[*_parts(member, found, schemes, branches, inside), *broken],
        brought=() if whole or carried is None else carried.posted,
        brought_from=record.origin_name if record else "",
        elsewhere=whole and branches.moved and record is None,
        names={branch: name for came in branches.came.values() for branch, name in came.branches.items()},
    )


def _read(member: UUID, stored: Sequence[Stored], schemes: Schemes) -> tuple[list[_Read], list[Part]]:
    """In the order they were closed; what cannot be read any more is a part that differs."""
    found, broken = [], []
    for one in stored:
        try:
            body = _decode(one.original)
        except msgspec.DecodeError as error:
            broken.append(_broken(one, str(error)))
            continue
        if why := _unsound(body, schemes):
            broken.append(_broken(one, why))
            continue
        line = next((line for line in body.members if line.member_id == member), None)
        found.append(_Read(one, body, line))
    found.sort(key=lambda one: (datetime.fromisoformat(one.body.closed_at), one.body.month, one.body.part))
    return found, broken


def _unsound(body: StatementClosed, schemes: Schemes) -> str:
    """What a claim names that no rulebook of the year knows, or ''."""
    for line in body.claims:
        places = 0 <= line.scheme < len(body.schemes) and 0 <= line.member < len(body.members)
        scheme = schemes.get(body.schemes[line.scheme]) if places else None
        item = scheme.by_code.get(line.item) if scheme else None
        if item is None or item.category != line.category:
            return f"claim {line.number} names what the year's rulebooks do not know"
    return ""


def _broken(one: Stored, why: str) -> Part:
    return Part(one.id, one.unit_id, 0, 0, "", one.total or 0, one.posted or [], None, one.steps, again=why)


def _claims(
    member: UUID, found: Sequence[_Read], schemes: Schemes, branches: Branches, carried: CarriedYear | None
) -> tuple[list[Claim], dict[str, Done]]:
    """Claims by their name in the rule function; those of earlier branches as a transfer names them."""
    claims: dict[str, Claim] = {}
    done: dict[str, Done] = {}
    for one in found:
        for line in one.body.claims:
            if one.body.members[line.member].member_id != member:
                continue
            name = _name(member, one.body, line.number, branches)
            known = claims.get(name)
            claim = _claim(one.body, line, name)
            if line.alive:
                claims[name] = claim
                done[name] = _done(name, claim, schemes)
            else:
                claims[name] = replace(known or claim, id="", state="struck")
                done.pop(name, None)
    for held in carried.claims if carried else ():
        if held.id not in claims:
            claims[held.id] = _of_record(held, carried, schemes)
            done[held.id] = _done(held.id, claims[held.id], schemes)
    for name in _struck(member, found, claims, carried):
        claims[name] = replace(claims[name], id="", state="struck")
        done.pop(name, None)
    return list(claims.values()), done


def _struck(
    member: UUID, found: Sequence[_Read], claims: Mapping[str, Claim], carried: CarriedYear | None
) -> set[str]:
    """Claims of earlier branches that a later one struck: it says so, or its record leaves them out."""
    said = {
        line.id
        for one in found
        for line in one.body.carried_struck
        if one.body.members[line.member].member_id == member
    }
    if carried is not None:
        known = {one.id for one in carried.claims}
        said |= {name for name in claims if name.startswith("-") and name not in known}
    return said & set(claims)


def _name(member: UUID, body: StatementClosed, number: int, branches: Branches) -> str:
    if body.branch_id == branches.current and not settled(body, member, _record(member, body, branches)):
        return f"{number:08}"
    return CarriedClaim(body.branch_id, number, 0, "", datetime.fromisoformat(body.closed_at).date(), 0).id


def _record(member: UUID, body: StatementClosed, branches: Branches) -> dict[UUID, TransferClosed]:
    record = branches.came.get(body.branch_id)
    return {member: record} if record else {}


def _claim(body: StatementClosed, line: ClaimLine, name: str) -> Claim:
    stated = both("在 %(month)s 月月报第 %(part)s 次上报", month=body.month, part=body.part)
    return Claim(
        id=name,
        unit_id=body.branch_id,
        number=line.number,
        day=line.day,
        scheme=body.schemes[line.scheme],
        item=line.item,
        category=line.category,
        claimed=line.points,
        state="counted",
        stated=stated,
    )


def _of_record(held: CarriedClaim, year: CarriedYear | None, schemes: Schemes) -> Claim:
    assert year is not None
    scheme = year.schemes[held.scheme]
    category = schemes[scheme].by_code[held.item].category
    stated = both("由转接记录带来")
    return Claim(
        held.id,
        held.branch_id,
        held.number,
        held.day,
        scheme,
        held.item,
        category,
        held.points,
        "counted",
        stated,
    )


def _done(name: str, claim: Claim, schemes: Schemes) -> Done:
    scheme = schemes[claim.scheme]
    return Done(name, claim.day, scheme, scheme.by_code[claim.item], claim.claimed)


def _counted(done: Mapping[str, Done]) -> dict[str, Line]:
    return {line.id: line for month in year_points(done.values()).values() for line in month.lines}


def _inside(member: UUID, found: Sequence[_Read], branches: Branches) -> frozenset[UUID]:
    """Statements whose postings the record brought along already."""
    return frozenset(
        one.stored.id
        for one in found
        if one.body.branch_id != branches.current
        or settled(one.body, member, _record(member, one.body, branches))
    )


def _parts(
    member: UUID, found: Sequence[_Read], schemes: Schemes, branches: Branches, inside: frozenset[UUID]
) -> list[Part]:
    made: list[Part] = []
    earlier: dict[UUID, list[StatementClosed]] = {}
    for one in found:
        before = earlier.setdefault(one.body.branch_id, [])
        if one.line is not None:
            made.append(
                Part(
                    id=one.stored.id,
                    unit_id=one.body.branch_id,
                    month=one.body.month,
                    part=one.body.part,
                    note=one.body.note,
                    total=one.line.total,
                    posted=[[e.done, e.category, e.points, e.kind] for e in one.line.posted],
                    rule_version=one.body.rule_version,
                    steps=(*_closed(one.body), *one.stored.steps),
                    inside=one.stored.id in inside,
                    again=_again(member, one, before, schemes, branches),
                )
            )
        before.append(one.body)
    return made


def _closed(body: StatementClosed) -> Sequence[Step]:
    steps = [Step(both("结账上报"), body.closed_by, body.closed_at)]
    if body.endorsed_by:
        steps.append(Step(both("党总支审核通过"), body.endorsed_by, body.endorsed_at))
    return steps


def _again(
    member: UUID, one: _Read, before: Sequence[StatementClosed], schemes: Schemes, branches: Branches
) -> str | None:
    """'' where counting again gives the same; what differs; None where what it stands on lies elsewhere."""
    assert one.line is not None
    posted = [[e.done, e.category, e.points, e.kind] for e in one.line.posted]
    stored = one.stored
    if stored.off:
        return stored.off
    if stored.posted is not None and [list(entry) for entry in stored.posted] != posted:
        return "ledger line"
    if stored.total is not None and stored.total != one.line.total:
        return "ledger total"
    if stored.whole is not None and stored.whole != sum(line.total for line in one.body.members):
        return "statement total"
    record = _record(member, one.body, branches)
    off = [one for one in recount(one.body, schemes, before, record) if one.member_id == member]
    if off and branches.moved and not record:
        # It stands on a record that passed elsewhere; the year as a whole is still checked.
        return None
    return f"{off[0].posted} ≠ {off[0].counted}" if off else ""
