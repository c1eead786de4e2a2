"""Classing a pool of units from its inputs: the tier that proposes does it, the county does it again."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from shared.contracts.appraisal import AppraisedLine, TieWord
from shared.contracts.classing import ClassedLine, ClassingFiled, EntryLine, UnitInput
from shared.contracts.regrade import Regraded, regrade
from shared.rules.appraisal import Rulebook
from shared.rules.canonical import digest
from shared.rules.points.scheme_values import Scheme
from shared.rules.points.year import Done, year_points
from shared.rules.words import RuleError


@dataclass(frozen=True)
class UnitFigures:
    """What a unit's approved entries of a year come to, hundredths; `deductions` positive."""

    months: int
    bonus: int
    deductions: int


@dataclass(frozen=True)
class ClassDifference:
    """A unit that comes out otherwise here than filed; what each of them says."""

    unit_id: UUID
    filed: ClassedLine | None
    counted: ClassedLine | None


def by_category(scheme: Scheme, entries: Iterable[EntryLine]) -> dict[str, int]:
    """Entries by the same function as members' claims, hundredths by category.

    Raises RuleError for an item the scheme lacks.
    """
    done = []
    for one in entries:
        if one.item not in scheme.by_code:
            raise RuleError(f"积分办法没有“{one.item}”这一项", f"the scheme has no item '{one.item}'")
        done.append(Done(str(one.id), one.day, scheme, scheme.by_code[one.item], one.points))
    sums: dict[str, int] = defaultdict(int)
    for month in year_points(done).values():
        for category, points in month.categories.items():
            sums[category] += points
    return dict(sums)


def figures_of(scheme: Scheme, entries: Iterable[EntryLine]) -> UnitFigures:
    """What a unit's entries come to. Raises RuleError as `by_category`."""
    kinds = {category.code: category.kind for category in scheme.categories}
    sums: Counter[str] = Counter()
    for category, points in by_category(scheme, entries).items():
        sums[kinds[category]] += points
    bonus, deducted = sums.pop("bonus", 0), sums.pop("deduction", 0)
    return UnitFigures(sum(sums.values()), bonus, abs(deducted))


def reclass(
    rulebook: Rulebook,
    inputs: Sequence[UnitInput],
    decisions: Sequence[TieWord],
    names: Mapping[UUID, str] | None = None,
) -> Regraded:
    """Points and classes of a pool, by the rule that grades members. Raises RuleError, naming the unit."""
    lines = [
        AppraisedLine(
            one.unit_id,
            one.base,
            one.months,
            one.bonus,
            one.deductions,
            one.standard,
            100_00,
            exempt=False,
            probationary=False,
            members=one.members,
            masses=one.masses,
            check=one.check,
            opinion=one.opinion,
        )
        for one in inputs
    ]
    return regrade(rulebook, lines, decisions, {one.unit_id: one.skip_reason for one in inputs}, names)


def classes_of(found: Regraded) -> list[ClassedLine]:
    """Results as they travel."""
    return [ClassedLine(one.member_id, one.appraisal, one.total, one.grade, one.rank) for one in found.wire]


def classing_digest(
    rulebook: Rulebook, scheme: Scheme, inputs: Sequence[UnitInput], decisions: Sequence[TieWord]
) -> str:
    """SHA-256 over all that a classing stands on, whatever order it came in."""
    ordered = sorted(inputs, key=lambda one: one.unit_id)
    plain = [{**_plain(one), "entries": sorted(_plain(one)["entries"])} for one in ordered]
    return digest([rulebook.hash, scheme.hash, plain, msgspec.to_builtins(decisions)])


def _plain(one: UnitInput) -> dict[str, Any]:
    return dict(zip(one.__struct_fields__, msgspec.to_builtins(one), strict=True))


def class_differences(filed: ClassingFiled, rulebook: Rulebook, scheme: Scheme) -> list[ClassDifference]:
    """Units that the same rules class otherwise, or whose entries come to other points; [] where equal.

    Raises RuleError where it cannot be worked out at all.
    """
    counted = {one.unit_id: one for one in classes_of(reclass(rulebook, filed.inputs, filed.decisions))}
    given = {one.unit_id: one for one in filed.classes}
    wrong = {one.unit_id for one in filed.inputs if not _adds_up(scheme, one)}
    return [
        ClassDifference(one, given.get(one), counted.get(one))
        for one in sorted(set(counted) | set(given))
        if one in wrong or given.get(one) != counted.get(one)
    ]


def _adds_up(scheme: Scheme, one: UnitInput) -> bool:
    return figures_of(scheme, one.entries) == UnitFigures(one.months, one.bonus, one.deductions)
