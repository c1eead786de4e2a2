"""Outcomes as sections: each case with reasons, clause, rulebook and every word; what appeals changed."""

from typing import Any

from shared.explaining.document import Line, Section
from shared.explaining.grading import grade_words
from shared.explaining.held import Held, Run
from shared.explaining.points import rule_words
from shared.explaining.words import NOTHING, Words, both, joined, moment, of_name, plain
from shared.outcomes import wording
from shared.outcomes.reading import Told
from shared.rules.outcomes import RULE_VERSION, Rulebook


def case_sections(held: Held) -> list[Section]:
    """One section a case, oldest first; before them, what is settled at a branch the member came from."""
    came = [Section("cases", both("结果运用"), [Line(one) for one in held.cases_elsewhere])]
    if held.cases:
        return [*(came if held.cases_elsewhere else []), *(_case(held, one) for one in held.cases)]
    nothing = [Section("cases", both("结果运用"), [Line(both("没有结果运用事项"))])]
    return came if held.cases_elsewhere else nothing


def _case(held: Held, one: Told) -> Section:
    case = one.case
    book = held.books.get(case.rulebook)
    run = held.runs.get(case.run_id) if case.run_id else None
    lines = [
        *_reasons(case, book),
        Line(
            both("提出：%(by)s %(at)s", by=case.opened_by, at=moment(case.opened_at)),
            notes=(plain(case.text),) if case.text else (),
        ),
        *([_drawn(run)] if run else []),
        *(_word(book, row) for row in one.words),
        Line(both("现状：%(state)s", state=_state(case)), facts={"state": case.state}, mark="sum"),
    ]
    facts = {
        "case": str(case.id),
        "sort": case.sort,
        "outcome": case.code,
        "tier": case.tier,
        "state": case.state,
    }
    name = of_name(book.heading) if book else NOTHING
    rule = rule_words(name, case.rulebook, run.rule_version if run else RULE_VERSION)
    title = both("%(name)s（%(state)s）", name=wording.case_words(book, case), state=_state(case))
    return Section(f"case:{case.id}", title, lines, rule, facts)


def _state(case: Any) -> Words:
    return both(wording.state_message(case.sort, case.state))


def _reasons(case: Any, book: Rulebook | None) -> list[Line]:
    rule = book.by_code.get(case.code) if book and case.sort == "outcome" else None
    clause = rule.clause if rule else ""
    lines = [Line(Words(zh, en), clause=clause) for zh, en in case.reasons]
    if rule:
        tier = both(wording.TIERS[case.tier])
        what = Words(rule.what, rule.what_en or rule.what)
        lines.insert(0, Line(both("%(what)s（由%(tier)s决定）", what=what, tier=tier)))
    return lines


def _drawn(run: Run) -> Line:
    words = both(
        "按规则生成：%(by)s %(at)s，摘要 %(digest)s", by=run.by, at=moment(run.at), digest=run.digest[:12]
    )
    again = (
        both("按当时的输入重算不同：%(what)s", what=run.again) if run.again else both("按当时的输入重算相同")
    )
    return Line(words, notes=(again,), facts={"digest": run.digest}, mark="differs" if run.again else "same")


def _word(book: Rulebook | None, row: Any) -> Line:
    kind = both(wording.KINDS[row.kind])
    said = (
        both("%(kind)s：%(verdict)s", kind=kind, verdict=both(wording.VERDICTS[row.verdict]))
        if row.verdict
        else kind
    )
    who = both("%(by)s %(at)s", by=wording.speaker_words(row), at=moment(row.at))
    appeal = row.data.get("appeal")
    ground = [both("由申诉 %(case)s 引起", case=appeal)] if appeal else []
    notes = [who, plain(row.text), joined([*wording.fixed(book, row.data), *ground])]
    facts = {"word": row.kind, "verdict": row.verdict, "by": row.by, "at": row.at.isoformat()}
    return Line(said, notes=tuple(one for one in notes if one), facts=facts)


def corrected_sections(held: Held) -> list[Section]:
    """What an upheld appeal left of grade and total; later bases follow as counter-entries."""
    found = held.corrected
    if found is None:
        return []
    rulebook = held.grading.rulebook if held.grading else None
    grade = grade_words(rulebook, found.grade) if rulebook else plain(found.grade)
    lines = [Line(both("格次改定为：%(grade)s", grade=grade), facts={"grade": found.grade})]
    lines.append(Line(both("总分更正"), found.points, facts={"case": str(found.case_id), "kind": "counter"}))
    if held.grading:
        whole = held.grading.stated.total + found.points
        lines.append(Line(both("更正后的年度总分"), whole, mark="sum"))
    if held.next_base:
        lines += [
            Line(
                both("%(year)s 年基础分的更正（%(at)s）", year=held.next_base.year, at=moment(at)),
                amount,
                facts={"case": str(case_id), "kind": "counter", "year": held.next_base.year},
            )
            for case_id, amount, at in held.next_base.corrections
        ]
    return [Section("corrections", both("申诉成立后的更正"), lines)]
