"""What total, ballots and opinion each say of one subject, and what they say together (M11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from shared.rules.scoring import hundredths_text as points_text
from shared.rules.words import Line, RuleError

from .ballots import Skipped, Tally, require
from .points import check_skip
from .rulebook_values import GradeRule, Rulebook


@dataclass(frozen=True)
class Appraised:
    """A member (or unit) at the end of its appraisal. `total` in hundredths, `opinion` a grade's code.

    `standard` is what the year was expected to bring (None: the rulebook's), `applicable` the part of it
    that applies to an exempt member, in hundredths of percent. Who is exempt is not ranked; who is
    probationary takes part ungraded.
    """

    member: str
    name: str
    total: int
    members: Tally
    masses: Tally | Skipped
    opinion: str
    standard: int | None = None
    applicable: int = 100_00
    exempt: bool = False
    probationary: bool = False


@dataclass(frozen=True)
class Judged:
    """One subject before the cap: its place among the grades (0 the best), and why."""

    subject: Appraised
    place: int
    attained: Fraction
    lines: tuple[Line, ...]


def expected(rulebook: Rulebook, subject: Appraised) -> int:
    """The standard that applies to a subject, times 10,000 (hundredths of hundredths of percent)."""
    standard = rulebook.standard if subject.standard is None else subject.standard
    if standard < 1 or not 1 <= subject.applicable <= 100_00:
        raise RuleError(
            f"{subject.name}：标准分和适用比例须大于 0，适用比例不超过 100%",
            f"{subject.member}: standard and applicable share must be above 0, the share at most 100 %",
        )
    return standard * subject.applicable


def judge(rulebook: Rulebook, subject: Appraised) -> Judged:
    """The three signals of one subject and the grade they give; RuleError as `ballots.require` says."""
    if subject.opinion not in rulebook.places:
        raise RuleError(
            f"{subject.name}：还没有评议意见，或意见不是规则中的格次",
            f"{subject.member}: the branch's opinion is missing or is no grade of the rulebook",
        )
    total, total_line = _by_total(rulebook, subject)
    ballots, ballot_lines = _by_ballots(rulebook, subject)
    opinion = rulebook.places[subject.opinion]
    grade, said = rulebook.grades[opinion], rulebook.step["opinion"].name
    lines = [
        total_line,
        *ballot_lines,
        Line(f"{said}：{grade.name}", f"opinion: {grade.code}"),
    ]
    place, verdict = _together(rulebook, (total, ballots, opinion))
    attained = Fraction(subject.total * 100_00, expected(rulebook, subject))
    return Judged(subject, place, attained, (*lines, verdict))


def _by_total(rulebook: Rulebook, subject: Appraised) -> tuple[int, Line]:
    base = expected(rulebook, subject)
    # Rounded down: a fraction of a hundredth never decides against anyone.
    needs = [base * grade.total_least // (100_00 * 100_00) for grade in rulebook.grades[:-1]]
    place = next((place for place, need in enumerate(needs) if subject.total >= need), len(needs))
    got, grade = points_text(subject.total), rulebook.grades[place]
    scaled = "（按适用部分折算）" if subject.applicable < 100_00 else ""
    if place < len(needs):
        need = points_text(needs[place])
        zh = f"年度总分 {got} 分，达到“{grade.name}”所需的 {need} 分{scaled}"
        return place, Line(zh, f"total {got}, {need} needed for {grade.code}", grade.clause)
    need = points_text(needs[-1])
    zh = f"年度总分 {got} 分，未达到“{rulebook.grades[place - 1].name}”所需的 {need} 分{scaled}"
    return place, Line(
        zh, f"total {got}, below the {need} of {rulebook.grades[place - 1].code}", grade.clause
    )


def _by_ballots(rulebook: Rulebook, subject: Appraised) -> tuple[int, list[Line]]:
    """The worse of the two ballots; a skipped mass review leaves the members' alone."""
    place, line = _by_ballot(rulebook, "members", subject.members)
    if isinstance(subject.masses, Skipped):
        check_skip(rulebook, subject.masses)
        why = subject.masses.reason.strip()
        return place, [line, Line(f"群众测评未组织，理由：{why}", f"mass review skipped: {why}")]
    other, other_line = _by_ballot(rulebook, "masses", subject.masses)
    return max(place, other), [line, other_line]


def _by_ballot(rulebook: Rulebook, kind: str, tally: Tally) -> tuple[int, Line]:
    ballot = require(rulebook, kind, tally)

    def votes_for(grade: GradeRule) -> int:
        return sum(tally.counts.get(code, 0) for code in grade.shares[kind].choices)

    met = (
        place
        for place, grade in enumerate(rulebook.grades[:-1])
        if votes_for(grade) * 100_00 >= grade.shares[kind].least * tally.valid
    )
    place = next(met, len(rulebook.grades) - 1)
    grade = rulebook.grades[place]
    asked = grade if place < len(rulebook.grades) - 1 else rulebook.grades[place - 1]
    share, least = (
        points_text(votes_for(asked) * 100_00 // tally.valid),
        points_text(asked.shares[kind].least),
    )
    figures, figures_en = f"{share}%（要求 {least}%）", f"{share}% ({least}% asked)"
    if tally.cast < rulebook.least_voters:
        figures, figures_en = "票数少，不公布比例", "too few ballots to publish the share"
    names = "、".join(ballot.by_code[code].name for code in asked.shares[kind].choices)
    return place, Line(
        f"{ballot.name}：{names}票占有效票 {figures}，为“{grade.name}”",
        f"{kind} ballot: {', '.join(asked.shares[kind].choices)} {figures_en}: {grade.code}",
        grade.clause,
    )


def _together(rulebook: Rulebook, signals: Sequence[int]) -> tuple[int, Line]:
    """The lowest of the three; the last grade only when enough of them say so."""
    last = len(rulebook.grades) - 1
    worst, saying_last = max(signals), sum(signal == last for signal in signals)
    if worst == last and saying_last < rulebook.least_signals:
        lowest, lifted = rulebook.grades[last], rulebook.grades[last - 1]
        return last - 1, Line(
            f"总分、测评、意见三项中只有 {saying_last} 项为“{lowest.name}”，"
            f"不足 {rulebook.least_signals} 项，不定为“{lowest.name}”，定为“{lifted.name}”",
            f"only {saying_last} of total, ballots and opinion say {lowest.code}, "
            f"{rulebook.least_signals} are needed: {lifted.code}",
            rulebook.signals_clause,
        )
    grade = rulebook.grades[worst]
    return worst, Line(
        f"总分、测评、意见三项取最低，为“{grade.name}”",
        f"the lowest of total, ballots and opinion: {grade.code}",
        grade.clause,
    )
