"""A member's year put together: who, points, grade, outcomes, corrections, the next base."""

from shared.explaining.cases import case_sections, corrected_sections
from shared.explaining.document import Explanation, Line, Section
from shared.explaining.grading import grade_sections, grade_words, next_base_section, superseded
from shared.explaining.held import Held, Membership
from shared.explaining.points import point_sections, posted_sums
from shared.explaining.words import NOTHING, Words, both, plain
from shared.rules.appraisal import months_counted


def explanation(held: Held) -> Explanation:
    """The whole derivation, in the order in which the year goes."""
    sections = [
        _about(held),
        *point_sections(held),
        *grade_sections(held),
        *superseded(held),
        *case_sections(held),
        *corrected_sections(held),
        next_base_section(held),
    ]
    return Explanation(held.tier, str(held.member_id), held.year, held.name, held.note, sections)


def _about(held: Held) -> Section:
    lines = []
    if held.grading:
        code = held.corrected.grade if held.corrected else held.grading.stated.grade
        words = both("格次：%(grade)s", grade=grade_words(held.grading.rulebook, code))
        lines.append(Line(words, facts={"grade": code}))
        lines.append(Line(both("年度总分"), held.grading.stated.total + _put_right(held)))
    lines += [
        Line(both("入账合计"), sum(posted_sums(held.points).values())),
        *(_where(one) for one in held.memberships),
        *_months(held),
        Line(both("本年度已关闭") if held.closed else both("本年度还没有关闭")),
    ]
    lines += [Line(one) for one in held.gaps]
    lines += [Line(one, mark="differs") for one in held.faults]
    title = both(
        "%(name)s：%(year)s 年是怎么来的（%(tier)s所见）",
        name=held.name,
        year=held.year,
        tier=tier_words(held.tier),
    )
    return Section("about", title, lines, facts={"member": str(held.member_id)})


def _months(held: Held) -> list[Line]:
    """Since when months count, so that who moved in the year can see that none was taken away."""
    if held.counts_since is None or held.counts_since.year > held.year:
        return []
    months = months_counted(held.year, held.counts_since)
    words = both(
        "全年标准分按 %(months)s 个月计：自 %(day)s 起，转接以前在别的支部的月份也算",
        months=months,
        day=held.counts_since.isoformat(),
    )
    return [Line(words, facts={"months": months, "counts_since": held.counts_since.isoformat()})]


def _put_right(held: Held) -> int:
    return held.corrected.points if held.corrected else 0


def tier_words(tier: str) -> Words:
    """A tier's name."""
    return {"county": both("县级"), "township": both("乡镇"), "branch": both("支部")}.get(tier, NOTHING)


def _where(one: Membership) -> Line:
    until = both("至 %(day)s", day=one.until.isoformat()) if one.until else both("至今")
    words = both(
        "%(unit)s（%(code)s/%(number)s）：%(since)s 起，%(until)s",
        unit=plain(one.unit),
        code=one.code,
        number=one.number,
        since=one.since.isoformat(),
        until=until,
    )
    return Line(words, facts={"branch": str(one.unit_id), "code": one.code, "number": one.number})
