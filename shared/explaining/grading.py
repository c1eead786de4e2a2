"""From points to a grade as sections: the base, appraisal points, total, grade, and working it out again."""

from collections.abc import Iterable, Sequence

from shared.explaining.document import Line, Section
from shared.explaining.held import Base, Elsewhere, Grading, Held
from shared.explaining.points import posted_sums, rule_words, step_words
from shared.explaining.words import NOTHING, Words, both, moment, of_name, percent, plain, points
from shared.rules.appraisal import RULE_VERSION, Rulebook, next_base
from shared.rules.words import Line as Reason


def grade_sections(held: Held) -> list[Section]:
    """Base, appraisal, total, grade, working out again; earlier gradings that no longer count by name."""
    made = [_base(held)]
    grading = held.grading
    if grading is None:
        nothing = [Line(both("还没有评定格次，或还没有到本级"))]
        given = _elsewhere(held.elsewhere) if held.elsewhere else nothing
        return [*made, Section("grade", both("格次"), given)]
    rule = book_words(grading.rulebook, grading.rule_version)
    made += [
        Section("appraisal", both("评议得分"), _scored(grading), rule),
        Section("total", both("年度总分"), _total(held, grading), rule),
        Section("grade", both("格次"), _grade(held, grading), rule),
        Section("again", both("重算"), _again(grading), rule),
    ]
    return made


def _elsewhere(one: Elsewhere) -> list[Line]:
    """What another branch came to, and where it can be followed step by step."""
    words = both(
        "格次由%(branch)s评定，随组织关系转来；推导过程在%(branch)s，要逐项查看的请找那里",
        branch=one.branch,
    )
    return [
        Line(words),
        *reasons(one.lines),
        Line(both("年度总分"), one.total),
        Line(both("评定格次：%(grade)s", grade=one.grade), mark="sum"),
    ]


def book_words(rulebook: Rulebook, version: int) -> Words:
    """An appraisal rulebook by name, hash and rule version."""
    return rule_words(of_name(rulebook.heading), rulebook.hash, version)


def reasons(lines: Iterable[Reason]) -> list[Line]:
    """The rule's own words."""
    return [Line(Words(one.text, one.text_en or one.text), clause=one.clause) for one in lines if one.text]


def _scored(one: Grading) -> list[Line]:
    rulebook, check = one.rulebook, one.given.check
    facts = {"check": check, "opinion": one.given.opinion}
    codes = [
        Line(both("组织核查：%(name)s", name=of_name(rulebook.check.by_code[check])), facts={"check": check})
        if check in rulebook.check.by_code
        else Line(both("没有组织核查结论"))
    ]
    if one.given.opinion in rulebook.places:
        opinion = rulebook.grades[rulebook.places[one.given.opinion]]
        codes.append(Line(both("支部意见：%(name)s", name=of_name(opinion)), facts={"opinion": opinion.code}))
    sums = Line(both("评议得分"), one.stated.appraisal, facts=facts, mark="sum")
    return [*codes, *reasons(one.scored), sums]


def _total(held: Held, one: Grading) -> list[Line]:
    given = one.given
    posted = sum(posted_sums(held.points).values())
    inputs = given.months + given.bonus - given.deductions
    same = posted == inputs
    return [
        Line(both("基础分"), given.base),
        Line(both("月度积分"), given.months),
        Line(both("评议得分"), one.stated.appraisal),
        Line(both("加分"), given.bonus),
        Line(both("扣分"), -given.deductions),
        Line(both("年度总分"), one.stated.total, mark="sum"),
        *reasons([one.totalled]),
        Line(
            both("月度积分、加分、扣分与入账合计相同")
            if same
            else both(
                "入账合计 %(posted)s 分，评定时用的是 %(used)s 分", posted=points(posted), used=points(inputs)
            ),
            mark="same" if same else "differs",
        ),
    ]


def grade_words(rulebook: Rulebook, code: str | None) -> Words:
    """A grade's name; who has none is not graded."""
    if code is None:
        return both("不定格次")
    return of_name(rulebook.grades[rulebook.places[code]]) if code in rulebook.places else plain(code)


def _grade(held: Held, one: Grading) -> list[Line]:
    standard = Line(both("评定所用的全年标准分：%(points)s", points=points(one.given.standard)))
    lines = [standard, *reasons(one.graded)]
    for tie in one.ties:
        place = tie.members.index(held.member_id) + 1
        lines.append(
            Line(
                both(
                    "会议决定了 %(many)s 名同分者的次序，本人第 %(place)s",
                    many=len(tie.members),
                    place=place,
                ),
                clause=one.rulebook.cap_clause,
                notes=(both("理由：%(text)s", text=tie.reason),),
            )
        )
    lines += [Line(step_words(step)) for step in one.steps]
    stated = grade_words(one.rulebook, one.stated.grade)
    state = NOTHING if one.confirmed else both("乡镇还没有审定")
    facts = {"grade": one.stated.grade, "confirmed": one.confirmed}
    lines.append(
        Line(
            both("评定格次：%(grade)s", grade=stated),
            notes=(state,) if state else (),
            facts=facts,
            mark="sum",
        )
    )
    if held.corrected:
        put_right = grade_words(one.rulebook, held.corrected.grade)
        lines.append(Line(both("申诉成立，格次改定为：%(grade)s", grade=put_right), mark="sum"))
    return lines


def _again(one: Grading) -> list[Line]:
    lines = [
        Line(both("输入摘要 %(digest)s", digest=one.digest), facts={"digest": one.digest}),
        Line(both("评定时所用规则的版本 %(hash)s", hash=one.pinned[:12]), facts={"rulebook": one.pinned}),
    ]
    if one.again is None:
        lines.append(
            Line(
                both("按本人的数据重算评议得分和总分，相同；名额要用全支部的数据，由支部和上级重算"),
                mark="same",
            )
        )
    elif one.again:
        lines.append(Line(both("按原件重算不同：%(what)s", what=one.again), mark="differs"))
    else:
        lines.append(Line(both("按原件从头重算，结果相同"), mark="same"))
    return lines


def _base(held: Held) -> Section:
    title = both("%(year)s 年基础分", year=held.year)
    if held.base is not None:
        return Section("base", title, base_lines(held.base), _carry_rule(held.base))
    if held.grading is None:
        return Section("base", title, [Line(both("没有结转记录"))])
    given, rulebook = held.grading.given.base, held.grading.rulebook
    words = both("结转记录不在本级，这是评定时支部报来的")
    if given == rulebook.new_member_base:
        words = both("没有从上年结转的，按规则给新进党员的基础分")
    return Section("base", title, [Line(words, given)], book_words(rulebook, held.grading.rule_version))


def _carry_rule(base: Base) -> Words:
    return book_words(base.rulebook, RULE_VERSION) if base.rulebook else NOTHING


def base_lines(base: Base) -> list[Line]:
    """A base, what it was carried from, counter-entries since, and working it out again."""
    lines = [Line(both("结转的基础分"), base.base, notes=_carried(base))]
    for case_id, amount, at in base.corrections:
        words = both("申诉成立的更正（%(at)s）", at=moment(at))
        lines.append(Line(words, amount, facts={"case": str(case_id), "kind": "counter"}))
    if base.corrections:
        whole = base.base + sum(amount for _case, amount, _at in base.corrections)
        lines.append(Line(both("更正后的基础分"), whole, mark="sum"))
    if base.rulebook is not None and base.from_total is not None and base.from_earned is not None:
        again = next_base(base.rulebook, base.from_total, base.from_earned)
        if again == base.base:
            lines.append(Line(both("按结转规则重算相同"), mark="same"))
        else:
            words = both("按结转规则重算不同：%(points)s", points=points(again))
            lines.append(Line(words, mark="differs"))
    return lines


def _carried(base: Base) -> tuple[Words, ...]:
    if base.from_total is None or base.from_earned is None:
        return (both("由转接记录带来"),)
    if base.rulebook is None:
        return (both("由上年总分 %(points)s 分结转", points=points(base.from_total)),)
    carry = base.rulebook.carry
    whole = carry.of == "total"
    amount = points(base.from_total if whole else base.from_earned)
    name = both("上年总分") if whole else both("上年所得（不含基础分）")
    share = percent(carry.percent)
    return (both("由%(what)s %(points)s 分的 %(percent)s 结转", what=name, points=amount, percent=share),)


def next_base_section(held: Held) -> Section:
    """What goes on into the next year."""
    title = both("%(year)s 年基础分", year=held.year + 1)
    if held.next_base is None:
        return Section("next_base", title, [Line(both("还没有结转，或结转记录不在本级"))])
    return Section("next_base", title, base_lines(held.next_base), _carry_rule(held.next_base))


def superseded(held: Held) -> Sequence[Section]:
    """Gradings that a later one replaced."""
    lines = [
        Line(
            both("评定格次：%(grade)s", grade=grade_words(one.rulebook, one.stated.grade)),
            one.stated.total,
            notes=tuple(step_words(step) for step in one.steps),
        )
        for one in held.before
    ]
    return [Section("superseded", both("已被后来的评定取代"), lines)] if lines else []
