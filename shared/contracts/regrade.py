"""Grading a branch's year from its inputs: the branch does it, and every tier above does it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import msgspec

from shared.contracts.appraisal import AppraisalFiled, AppraisedLine, GradedLine, TallyLine, TieWord
from shared.rules.appraisal import (
    Appraised,
    Decision,
    Grading,
    MemberResult,
    Points,
    Rulebook,
    Skipped,
    Tally,
    annual_total,
    appraisal_points,
    grade,
    total_line,
)
from shared.rules.canonical import digest
from shared.rules.words import Line, RuleError


@dataclass(frozen=True)
class Regraded:
    """The grading of a branch, and each member's appraisal points with how they came about."""

    grading: Grading
    points: Mapping[UUID, Points]
    totals: Mapping[UUID, Line]

    @cached_property
    def by_member(self) -> dict[UUID, MemberResult]:
        """Results by member."""
        return {UUID(one.member): one for one in self.grading.results}

    @property
    def wire(self) -> list[GradedLine]:
        """Results as they travel."""
        return [
            GradedLine(member, self.points[member].points, one.total, one.grade, one.rank)
            for member, one in self.by_member.items()
        ]


@dataclass(frozen=True)
class GradeDifference:
    """A member graded otherwise here than the branch says; what each of them says."""

    member_id: UUID
    filed: GradedLine | None
    counted: GradedLine | None


def regrade(
    rulebook: Rulebook,
    inputs: Sequence[AppraisedLine],
    decisions: Sequence[TieWord],
    skip_reason: str | Mapping[UUID, str],
    names: Mapping[UUID, str] | None = None,
) -> Regraded:
    """Points and grades of all members of a branch or units of a pool. Raises RuleError, naming whose.

    `names` are for the words of reasons and refusals only. Units say each why there was no mass review.
    """
    named = names or {}
    skipped = {one.member_id: _skip(skip_reason, one.member_id) for one in inputs}
    points = {one.member_id: _points(rulebook, one, skipped[one.member_id], named) for one in inputs}
    appraised, totals = [], {}
    for one in inputs:
        parts = (one.base, [one.months], points[one.member_id].points, one.bonus, one.deductions)
        totals[one.member_id] = total_line(*parts)
        appraised.append(_appraised(one, annual_total(*parts), skipped[one.member_id], named))
    given = [Decision(tuple(str(member) for member in one.members), one.reason) for one in decisions]
    return Regraded(grade(rulebook, appraised, given), points, totals)


def _skip(reason: str | Mapping[UUID, str], subject: UUID) -> str:
    return reason if isinstance(reason, str) else reason.get(subject, "")


def _points(rulebook: Rulebook, one: AppraisedLine, skip: str, names: Mapping[UUID, str]) -> Points:
    try:
        return appraisal_points(rulebook, _tally(one.members), _masses(one, skip), one.check)
    except RuleError as error:
        name = names.get(one.member_id, str(one.member_id))
        raise RuleError(f"{name}：{error.message}", f"{name}: {error.message_en}") from error


def _tally(line: TallyLine) -> Tally:
    return Tally(line.eligible, line.cast, line.counts)


def _masses(one: AppraisedLine, skip: str) -> Tally | Skipped:
    return Skipped(skip) if one.masses is None else _tally(one.masses)


def _appraised(one: AppraisedLine, total: int, skip: str, names: Mapping[UUID, str]) -> Appraised:
    return Appraised(
        member=str(one.member_id),
        name=names.get(one.member_id, str(one.member_id)),
        total=total,
        members=_tally(one.members),
        masses=_masses(one, skip),
        opinion=one.opinion,
        standard=one.standard,
        applicable=one.applicable,
        exempt=one.exempt,
        probationary=one.probationary,
    )


def inputs_digest(
    rulebook: Rulebook, inputs: Sequence[AppraisedLine], decisions: Sequence[TieWord], skip_reason: str
) -> str:
    """SHA-256 over all that a grading stands on."""
    ordered = sorted(inputs, key=lambda one: one.member_id)
    return digest([rulebook.hash, msgspec.to_builtins(ordered), msgspec.to_builtins(decisions), skip_reason])


def differences(filed: AppraisalFiled, rulebook: Rulebook) -> list[GradeDifference]:
    """Members whom the same rule grades otherwise than the branch filed; [] where all is equal."""
    counted = {
        one.member_id: one for one in regrade(rulebook, filed.inputs, filed.decisions, filed.skip_reason).wire
    }
    given = {one.member_id: one for one in filed.grades}
    everybody = sorted(set(counted) | set(given))
    return [
        GradeDifference(one, given.get(one), counted.get(one))
        for one in everybody
        if given.get(one) != counted.get(one)
    ]
