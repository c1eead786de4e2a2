"""Appraisal points, annual total and next base (M10, M13): whole hundredths, rounded once, explained."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from shared.rules.scoring import hundredths_text as points_text
from shared.rules.words import Line, RuleError, half_up

from .ballots import Skipped, Tally, require
from .rulebook_values import Rulebook


@dataclass(frozen=True)
class Points:
    """Appraisal points in hundredths, and how they came about."""

    points: int
    lines: tuple[Line, ...]


def appraisal_points(
    rulebook: Rulebook, member_tally: Tally, mass_tally: Tally | Skipped, check: str
) -> Points:
    """Ballots and organisation check (a code of the rulebook) into points, weighted, half up at the end.

    A skipped mass review leaves its weight to the others. RuleError: no quorum, votes that do not add up, a
    finding unknown, a skip without reason or one that the rulebook does not allow.
    """
    if check not in rulebook.check.by_code:
        raise RuleError(f"组织核查结论“{check}”不在规则内", f"the rulebook knows no finding '{check}'")
    parts = [_of_ballot(rulebook, "members", member_tally)]
    lines = [parts[0][2]]
    if isinstance(mass_tally, Skipped):
        lines.append(_of_skip(rulebook, mass_tally))
    else:
        parts.append(_of_ballot(rulebook, "masses", mass_tally))
        lines.append(parts[1][2])
    finding, weight = rulebook.check.by_code[check], _percent(rulebook.check.weight)
    parts.append((Fraction(finding.points), rulebook.check.weight, Line("", "")))
    lines.append(
        Line(
            f"组织核查：{finding.name}，计 {points_text(finding.points)} 分，权重 {weight}",
            f"organisation check: {finding.code}, {points_text(finding.points)} points, weight {weight}",
        )
    )
    weights = sum(part for _, part, _ in parts)
    mean = sum((value * part for value, part, _ in parts), Fraction(0)) / weights
    exact = mean * rulebook.full / 100_00
    points = half_up(exact.numerator, exact.denominator)
    whole, got = points_text(rulebook.full), points_text(points)
    lines.append(
        Line(
            f"加权平均后按满分 {whole} 分折算，评议得分 {got} 分",
            f"weighted mean, of {whole} points at most: {got} appraisal points",
        )
    )
    return Points(points, tuple(lines))


def _of_ballot(rulebook: Rulebook, kind: str, tally: Tally) -> tuple[Fraction, int, Line]:
    """Mean points of the valid votes, the ballot's weight, and its line (no figures below `least_voters`)."""
    ballot = require(rulebook, kind, tally)
    got = sum(ballot.by_code[code].points * votes for code, votes in tally.counts.items())
    mean = Fraction(got, tally.valid)
    said, said_en = "票数少，不公布分项票数和平均分", "too few ballots to publish split and mean"
    if tally.cast >= rulebook.least_voters:
        shown = points_text(half_up(mean.numerator, mean.denominator))
        votes = [(choice, tally.counts.get(choice.code, 0)) for choice in ballot.choices]
        said = "、".join(f"{choice.name} {count} 票" for choice, count in votes) + f"，平均 {shown} 分"
        said_en = ", ".join(f"{choice.code} {count}" for choice, count in votes) + f", mean {shown}"
    turnout = f"应参评 {tally.eligible} 人，收回 {tally.cast} 票，有效 {tally.valid} 票"
    line = Line(
        f"{ballot.name}（{turnout}）：{said}，权重 {_percent(ballot.weight)}",
        f"{kind} ballot ({tally.cast} of {tally.eligible} cast, {tally.valid} valid): {said_en}, "
        f"weight {_percent(ballot.weight)}",
    )
    return mean, ballot.weight, line


def _of_skip(rulebook: Rulebook, skipped: Skipped) -> Line:
    check_skip(rulebook, skipped)
    name = rulebook.ballots["masses"].name
    return Line(
        f"{name}未组织，理由：{skipped.reason.strip()}，其权重由其余各项按比例承担",
        f"mass review skipped: {skipped.reason.strip()}; its weight falls to the others in proportion",
    )


def check_skip(rulebook: Rulebook, skipped: Skipped) -> None:
    """RuleError when the mass review may not be skipped, or no reason is given."""
    if not rulebook.step["mass_review"].may_skip:
        raise RuleError("按规则群众测评不得省略", "the rulebook does not let the mass review be skipped")
    if not skipped.reason.strip():
        raise RuleError("不组织群众测评须写明理由", "skipping the mass review needs a reason")


def annual_total(base: int, months: Iterable[int], appraisal: int, bonus: int, deductions: int) -> int:
    """base + months + appraisal + bonus − deductions, in hundredths (M10); deductions are given positive."""
    if deductions < 0:
        raise RuleError("扣分请填正数", "deductions are given as a positive number")
    return base + sum(months) + appraisal + bonus - deductions


def total_line(base: int, months: Iterable[int], appraisal: int, bonus: int, deductions: int) -> Line:
    """The year's total in words, part by part."""
    months = list(months)
    total = points_text(annual_total(base, months, appraisal, bonus, deductions))
    parts = [points_text(part) for part in (base, sum(months), appraisal, bonus, deductions)]
    zh = "基础分 {} + 月度积分 {} + 评议得分 {} + 加分 {} − 扣分 {}".format(*parts)
    en = "base {} + months {} + appraisal {} + bonus {} - deductions {}".format(*parts)
    return Line(f"{zh} = 年度总分 {total}", f"{en} = annual total {total}")


def next_base(rulebook: Rulebook, total: int, earned: int) -> int:
    """The base that next year begins with (M13, default 30 % of the total), in hundredths, never below 0.

    `earned` is the total without this year's base; the rulebook's `carry_of` says which of the two counts.
    """
    carry = rulebook.carry
    amount = max(0, total if carry.of == "total" else earned) * carry.percent
    step = 100_00 * carry.round_to
    if carry.rounding == "half_up":
        steps = half_up(amount, step)
    else:
        steps = amount // step if carry.rounding == "down" else -(-amount // step)
    return steps * carry.round_to


@dataclass(frozen=True)
class YearBase:
    """One year of the chain: the base it began with, its total, the base that it hands on."""

    year: int
    base: int
    total: int
    next_base: int


def later_bases(
    rulebooks: Mapping[int, Rulebook], base: int, earned: Mapping[int, int]
) -> tuple[YearBase, ...]:
    """Every year's base and total anew from the first year's `base` and what each year earned without it.

    After a successful appeal the caller posts the differences. RuleError for a year left out or without
    a rulebook.
    """
    years = sorted(earned)
    if years != list(range(years[0], years[0] + len(years)) if years else []) or set(years) - set(rulebooks):
        raise RuleError("年度不连续，或缺少当年规则", "a year is left out or has no rulebook")
    chain = []
    for year in years:
        total = base + earned[year]
        handed_on = next_base(rulebooks[year], total, earned[year])
        chain.append(YearBase(year, base, total, handed_on))
        base = handed_on
    return tuple(chain)


def _percent(hundredths: int) -> str:
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}%" if rest else f"{whole}%"
