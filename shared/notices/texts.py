"""What each kind of notice says: in official Chinese, whatever language the reader chose."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from shared.notices.notice import BLANK, HEAD, SIGN, TEXT, Notice, Part, Rights

# Screens set figures apart from characters; documents do not.
_GAP = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[0-9])|(?<=[0-9]) (?=[\u4e00-\u9fff])")
_ORDER = "一二三四五六七八九"
# Titles by document; a talk's record is called by the outcome it belongs to.
TITLES = {
    "help_plan": "帮扶教育方案",
    "help_review": "帮扶教育效果评估表",
    "correction_notice": "限改通知书",
    "alert_notice": "警示通知书",
    "warning_notice": "预警通知书",
    "tolerance_decision": "容错决定书",
}
_TALKS = {"help_talk": "谈话帮教记录"}
# A talk to which the county calls somebody is a decision: with a red head, received by signature.
SUMMONS = {"reminder_talk": "预警提醒约谈通知书"}
RECORDS = ("talk_record", "help_review")
DOCUMENTS = (*RECORDS, *(one for one in TITLES if one not in RECORDS))


class UnknownDocument(ValueError):
    """A rulebook names a document that has no text here."""


@dataclass(frozen=True)
class _Facts:
    organ: str
    member: str
    year: int
    what: str
    reasons: Sequence[str]
    clause: str
    told_on: date
    correct: Sequence[str]
    correct_by: date | None
    problems: Sequence[str] | None
    follow_up_name: str
    follow_up_on: date | None
    rights: Rights


def notice(
    document: str,
    *,
    code: str,
    organ: str,
    member: str,
    year: int,
    name: str,
    what: str,
    reasons: Sequence[str],
    clause: str,
    mark: str,
    told_on: date,
    dated_on: date,
    correct: Sequence[str] = (),
    correct_by: date | None = None,
    problems: Sequence[str] | None = (),
    follow_up_name: str = "",
    follow_up_on: date | None = None,
    rights: Rights,
    signed: str = "",
    synthetic: str = "",
) -> Notice:
    """The notice `document` of an outcome `code` called `name`; `signed` is the organ unless said otherwise.

    All texts Chinese: `reasons` and `clause` as the rulebook and the case say them, `what` what is decided,
    `correct` what the member has to do by `correct_by`. `problems` are those that the year's
    appraisal found, None where the printing tier does not hold them. Raises UnknownDocument.
    """
    if document not in DOCUMENTS:
        raise UnknownDocument(document)
    facts = _Facts(
        organ,
        member,
        year,
        what,
        [_GAP.sub("", one) for one in reasons],
        clause,
        told_on,
        tuple(correct),
        correct_by,
        problems,
        follow_up_name,
        follow_up_on,
        rights,
    )
    record = document in RECORDS and code not in SUMMONS
    says = _summons if code in SUMMONS else _SAYS[document]
    return Notice(
        document=document,
        organ=organ,
        title=TITLES.get(document) or SUMMONS.get(code) or _TALKS.get(code, f"{name}记录"),
        addressee="" if record else f"{member}同志",
        number=(mark, dated_on.year),
        parts=tuple(says(facts)),
        signed=signed or organ,
        dated=dated_on,
        told=told_on,
        synthetic=synthetic,
        slip=not record,
        red=not record,
    )


def day(on: date) -> str:
    """A day as documents write it: 2026年3月5日."""
    return f"{on.year}年{on.month}月{on.day}日"


def _sentence(words: str) -> str:
    """With its full stop, whatever it ended with."""
    bare = words.strip().rstrip("。；;，,")
    return bare if bare.endswith(("！", "？")) else f"{bare}。"


def _items(words: Sequence[str]) -> Iterator[Part]:
    """One as a sentence, several numbered."""
    said = [one for one in words if one.strip()]
    for number, one in enumerate(said, 1):
        yield TEXT, f"{number}.{_sentence(one)}" if len(said) > 1 else _sentence(one)


def _sections(*sections: tuple[str, Sequence[Part]]) -> Iterator[Part]:
    """Sections that say something, numbered 一、二、三."""
    kept = [one for one in sections if one[1]]
    for number, (title, parts) in zip(_ORDER, kept, strict=False):
        yield HEAD, f"{number}、{title}"
        yield from parts


def _reasons(facts: _Facts) -> tuple[str, list[Part]]:
    return "事实和理由", list(_items(facts.reasons))


def _basis(facts: _Facts) -> tuple[str, list[Part]]:
    return "依据", [(TEXT, _sentence(facts.clause))] if facts.clause else []


def _rights(facts: _Facts) -> tuple[str, list[Part]]:
    """What may be said, asked and appealed, each with its last day and whom to turn to."""
    rights, lines = facts.rights, []
    if rights.reply_by:
        lines.append(
            f"对上述事实和理由有不同意见的，可以说明，请在{day(rights.reply_by)}以前向{rights.reply_to}提出。"
        )
    if rights.hearing_by:
        lines.append(f"要求听证的，请在{day(rights.hearing_by)}以前向{rights.reply_to}提出。")
    if rights.appeal_by:
        lines.append(
            f"不服的，可以申诉，请在{day(rights.appeal_by)}以前向{rights.appeal_to}提出；"
            "原来参与决定的人不办理申诉。"
        )
    if lines:
        unsure = "" if rights.certain else "有关年份的放假安排尚未公布，公布后日期有变化的，另行告知。"
        lines.append(f"以上期限从{day(facts.told_on)}告知的次日起按工作日计算，均包括当日。{unsure}")
    return "本人的权利", list(_items(lines)) if len(lines) < 3 else [*_items(lines[:-1]), (TEXT, lines[-1])]


def _follow_up(facts: _Facts) -> list[Part]:
    if not facts.follow_up_on:
        return []
    return [(TEXT, f"后续安排：{day(facts.follow_up_on)}，{facts.follow_up_name or '复查'}。")]


def _problems(facts: _Facts) -> tuple[str, list[Part]]:
    if facts.problems is None:
        return "存在的问题", [(TEXT, "具体问题见支部送达本人的通知书。")]
    return "存在的问题", list(_items(facts.problems))


def _correction(facts: _Facts) -> Iterator[Part]:
    yield TEXT, f"经{facts.year}年度民主评议并按程序研究，决定对你发出限改通知书，请认真整改。"
    named = "上述问题和理由" if facts.problems else "民主评议中指出的问题和上述理由"
    report = f"请对照{named}，逐项提出整改措施，抓紧落实，并将整改情况书面报告{facts.organ}。"
    asked = list(_items(facts.correct)) or [(TEXT, report)]
    last = [(TEXT, f"整改期限：{day(facts.correct_by)}以前。")] if facts.correct_by else []
    demanded = ("整改要求和期限", [*asked, *last, *_follow_up(facts)])
    yield from _sections(_reasons(facts), _problems(facts), _basis(facts), demanded, _rights(facts))


def _alert(facts: _Facts) -> Iterator[Part]:
    yield (
        TEXT,
        (f"经{facts.year}年度民主评议并按程序研究，决定对你发出警示通知书，请正视问题，认识后果，切实改进。"),
    )
    asked = ("改进要求", [*_items(facts.correct), *_follow_up(facts)])
    yield from _sections(_reasons(facts), _basis(facts), asked, _rights(facts))


def _warning(facts: _Facts) -> Iterator[Part]:
    yield TEXT, f"经{facts.year}年度民主评议并按程序研究，决定对你实施“能下”预警。"
    asked = ("改进要求和考核", [*_items(facts.correct), *_follow_up(facts)])
    yield from _sections(_reasons(facts), _basis(facts), asked, _rights(facts))


def _tolerance(facts: _Facts) -> Iterator[Part]:
    yield TEXT, f"你提出的{facts.year}年度容错申请，经核实并按程序研究，决定予以容错。"
    corrections = [*_items(facts.correct)]
    if facts.correct_by:
        corrections.append((TEXT, f"纠正期限：{day(facts.correct_by)}以前。"))
    shielded = ("容错的事项和期限", list(_items([facts.what])))
    corrected = ("须作的纠正", [*corrections, *_follow_up(facts)])
    yield from _sections(shielded, _reasons(facts), _basis(facts), corrected, _rights(facts))


def _plan(facts: _Facts) -> Iterator[Part]:
    yield TEXT, f"经{facts.year}年度民主评议并按程序研究，决定对你进行帮扶教育，促进转化提升。"
    measures: list[Part] = list(_items(facts.correct)) or [(BLANK, "4")]
    period = [(TEXT, f"从{day(facts.told_on)}起。"), *_follow_up(facts)]
    if facts.follow_up_on:
        span = f"从{day(facts.told_on)}起，到{day(facts.follow_up_on)}止"
        period = [(TEXT, f"{span}，届时进行{facts.follow_up_name}。")]
    yield from _sections(
        _reasons(facts),
        _basis(facts),
        ("帮扶人", [(BLANK, "1")]),
        ("帮扶措施", measures),
        ("帮扶期限", period),
        _rights(facts),
    )


def _talk(facts: _Facts) -> Iterator[Part]:
    yield SIGN, f"谈话对象：{facts.member}"
    yield SIGN, f"组织谈话：{facts.organ}"
    yield SIGN, "谈话时间：　　　　年　　月　　日　地点："
    yield SIGN, "谈 话 人：　　　　　　　　记录人："
    yield from _sections(
        ("谈话事由", [*_items(facts.reasons), *_basis(facts)[1]]),
        ("谈话内容", [(BLANK, "4")]),
        ("本人说明", [(BLANK, "4")]),
        ("改进措施", [*(list(_items(facts.correct)) or [(BLANK, "4")]), *_follow_up(facts)]),
        _rights(facts),
    )
    yield SIGN, "谈话对象（签名）：　　　　　　　年　　月　　日"
    yield SIGN, "谈 话 人（签名）：　　　　　　　年　　月　　日"


def _summons(facts: _Facts) -> Iterator[Part]:
    yield (
        TEXT,
        f"经{facts.year}年度民主评议并按程序研究，决定对你进行预警提醒约谈，请按时参加，如实说明情况。",
    )
    arranged: list[Part] = [
        (SIGN, "时间：　　　　年　　月　　日　　时　　地点："),
        (SIGN, "约 谈 人：　　　　　　　　记录人："),
    ]
    asked = [*(list(_items(facts.correct)) or [(BLANK, "2")]), *_follow_up(facts)]
    yield from _sections(
        _reasons(facts),
        _basis(facts),
        ("约谈安排", arranged),
        ("约谈内容和本人说明", [(BLANK, "4")]),
        ("改进措施", asked),
        _rights(facts),
    )


def _review(facts: _Facts) -> Iterator[Part]:
    yield SIGN, f"帮扶对象：{facts.member}"
    yield SIGN, f"组织评估：{facts.organ}"
    yield SIGN, "帮 扶 人：　　　　　　　　评估时间：　　　　年　　月　　日"
    yield from _sections(
        ("帮扶教育的事由", [*_items(facts.reasons), *_basis(facts)[1]]),
        ("帮扶教育情况", [(BLANK, "4")]),
        ("本人说明", [(BLANK, "3")]),
        ("评估结论", [(TEXT, "□ 见效，结束帮扶教育"), (TEXT, "□ 无效，报上级党组织处理"), (BLANK, "2")]),
        _rights(facts),
    )
    yield SIGN, "本　　人（签名）：　　　　　　　年　　月　　日"
    yield SIGN, "评 估 人（签名）：　　　　　　　年　　月　　日"
    yield SIGN, "支部书记（签名）：　　　　　　　年　　月　　日"


_SAYS: dict[str, Callable[[_Facts], Iterator[Part]]] = {
    "talk_record": _talk,
    "help_plan": _plan,
    "help_review": _review,
    "correction_notice": _correction,
    "alert_notice": _alert,
    "warning_notice": _warning,
    "tolerance_decision": _tolerance,
}
