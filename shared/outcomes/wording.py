"""Cases, words and verdicts as people call them; who may say which word."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from shared.explaining.words import NOTHING, Words, both, of_name, plain, points
from shared.kit.i18n import N_, in_english
from shared.outcomes.desk import GRADE
from shared.rules.outcomes import Rulebook

KINDS = {
    "called": N_("通知本人陈述意见"),
    "stated": N_("本人陈述意见"),
    "heard": N_("听取本人意见（代录）"),
    "verified": N_("核实"),
    "decided": N_("决定"),
    "referred": N_("提请上级办理"),
    "sent_back": N_("退回重议"),
    "confirmed": N_("第二人确认"),
    "acknowledged": N_("本人签收"),
    "replied": N_("本人说明"),
    "hearing_asked": N_("要求听证"),
    "hearing_held": N_("听证情况"),
    "carried_out": N_("落实情况"),
    "followed_up": N_("期满评估"),
    "undone": N_("撤销"),
    "withdrawn": N_("撤回"),
}
# On a button, where the branch says it for the member; and as the member says it.
_ACTIONS = {
    "called": N_("通知本人陈述意见"),
    "heard": N_("代录本人意见"),
    "verified": N_("记录核实情况"),
    "decided": N_("作出决定"),
    "confirmed": N_("确认"),
    "acknowledged": N_("代本人签收"),
    "replied": N_("代本人说明"),
    "hearing_asked": N_("代本人要求听证"),
    "hearing_held": N_("记录听证情况"),
    "carried_out": N_("记录落实情况"),
    "withdrawn": N_("代本人撤回"),
}
_OWN_ACTIONS = {
    "stated": N_("我要陈述意见"),
    "acknowledged": N_("我已看过，签收"),
    "replied": N_("我要说明"),
    "hearing_asked": N_("我要求听证"),
    "withdrawn": N_("撤回"),
}
_TEXTS = {
    "stated": N_("我的意见"),
    "heard": N_("本人意见"),
    "verified": N_("核实情况"),
    "replied": N_("说明"),
    "hearing_held": N_("听证情况"),
    "carried_out": N_("落实情况"),
    "followed_up": N_("评估情况"),
}
_HINTS = {
    ("outcome", "called"): N_("这一项要先听取本人意见；通知以后，本人登录就能看到拟办的事项，自己写意见"),
    ("outcome", "heard"): N_("本人口头说的由您代录，写原话；代录的人不能作决定，本人看得到，3 日内可以更正"),
    ("outcome", "stated"): N_("按您自己的话写；别人代录的和您说的不一致，也在这里更正。作出决定以前都可以写"),
    ("outcome", "decided"): N_("决定以后由另一人确认才生效；不予运用的要写明理由"),
    ("outcome", "confirmed"): N_("确认以后即生效，本人可以看到"),
    ("tolerance", "verified"): N_("核实、决定、确认由三个人分别办理"),
    ("tolerance", "confirmed"): N_("同意容错的，所列结果在容错期内不作决定"),
    ("appeal", "confirmed"): N_("申诉成立的，原决定和由它引起的后果逐级撤销"),
    ("outcome", "acknowledged"): N_("签收表示您已经看到，不表示同意"),
}
VERDICTS = {
    "applied": N_("予以运用"),
    "dropped": N_("不予运用"),
    "granted": N_("同意容错"),
    "refused": N_("不予容错"),
    "upheld": N_("申诉成立"),
    "rejected": N_("维持原决定"),
    "improved": N_("见效"),
    "failed": N_("无效"),
}
MINE = {
    "decide": N_("等我决定"),
    "confirm": N_("等我确认"),
    "follow_up": N_("等我评估"),
    "state": N_("等我陈述意见"),
    "sign": N_("等我签收"),
}
SORTS = {"outcome": N_("结果运用"), "tolerance": N_("容错申请"), "appeal": N_("申诉")}
_STATES = {
    "open": (N_("待决定"), "amber"),
    "decided": (N_("待第二人确认"), "amber"),
    "in_force": (N_("已生效"), "green"),
    "dropped": (N_("不予运用"), ""),
    "undone": (N_("已撤销"), "red"),
    "withdrawn": (N_("已撤回"), ""),
}
_OF_SORT = {
    ("tolerance", "open"): N_("待办理"),
    ("tolerance", "in_force"): N_("同意容错"),
    ("tolerance", "dropped"): N_("不予容错"),
    ("appeal", "open"): N_("待办理"),
    ("appeal", "in_force"): N_("申诉成立"),
    ("appeal", "dropped"): N_("维持原决定"),
}
TIERS = {"branch": N_("支部"), "county": N_("县里")}
# Those who stand in for a branch besides.
OFFICES = {**TIERS, "general": N_("党总支"), "township": N_("乡镇党委")}

_DECIDE, _CONFIRM, _SPEAK = "outcome.decide", "outcome.confirm", "outcome.speak"
# Who judges an appeal is nobody who decides outcomes.
_JUDGE, _ENDORSE = "appeal.decide", "appeal.confirm"
PERMISSION = {
    **{
        ("outcome", kind): _DECIDE
        for kind in ("called", "heard", "decided", "hearing_held", "carried_out", "followed_up")
    },
    **{("outcome", kind): _CONFIRM for kind in ("confirmed", "sent_back")},
    **{("tolerance", kind): _DECIDE for kind in ("verified", "carried_out")},
    ("tolerance", "decided"): _CONFIRM,
    **{("tolerance", kind): _ENDORSE for kind in ("confirmed", "sent_back")},
    **{("appeal", kind): _JUDGE for kind in ("heard", "decided")},
    **{("appeal", kind): _ENDORSE for kind in ("confirmed", "sent_back")},
    **{
        (sort, kind): _SPEAK
        for sort in SORTS
        for kind in ("stated", "acknowledged", "replied", "hearing_asked", "withdrawn")
    },
}
# Who confirms may record what the member says too: who decides may not.
ALSO = {("outcome", "heard"): _CONFIRM}


def handed_up(to: str, *, whole: bool) -> str:
    """Why a case of a branch is another's to settle, or '', in the reader's language."""
    return handed_up_words(to, whole=whole).in_(in_english())


def handed_up_words(to: str, *, whole: bool) -> Words:
    """The same in both languages."""
    if not to:
        return NOTHING
    words = (
        N_("本人不能办自己的事，支部没有人可以决定这一项，由%(office)s决定，并由%(office)s另一人确认。")
        if whole
        else N_("本人不能办自己的事，决定和确认又不能是同一人，支部没有第二人可以确认，由%(office)s确认。")
    )
    return both(words, office=both(OFFICES[to]))


def fixed(rulebook: Rulebook | None, data: Mapping[str, Any]) -> list[Words]:
    """What a word fixes besides itself: codes and days of a shield, a grade as corrected, who stands in."""
    lines = []
    if data.get("codes"):
        names = [outcome_words(rulebook, one) for one in data["codes"]]
        listed = Words("、".join(one.zh for one in names), ", ".join(one.en for one in names))
        lines.append(both("免除：%(names)s", names=listed))
        lines.append(both("容错期：%(first)s 至 %(last)s", first=data["first"], last=data["last"]))
        lines.append(both("须作的纠正：%(text)s", text=data["correction"]))
    if data.get("grade"):
        grade = rulebook.grades.get(data["grade"]) if rulebook else None
        lines.append(both("格次改定为：%(grade)s", grade=of_name(grade) if grade else plain(data["grade"])))
    if amount := data.get("points"):
        lines.append(both("总分更正：%(points)s", points=f"{'+' if amount > 0 else ''}{points(amount)}"))
    if "to" in data:
        above = handed_up_words(data["to"], whole=data["whole"])
        lines.append(above or both("支部又有人可以办，收回自办。"))
    if data.get("until"):
        lines.append(both("由他人代录；本人可以在 %(day)s 前更正", day=data["until"]))
    elif data.get("proxy"):
        lines.append(both("由支部代办"))
    return lines


def speaker_words(row: Any) -> Words:
    """Who said a word; of which office, where that stood in for the branch."""
    to = row.data.get("office")
    if to not in OFFICES:
        return plain(row.by)
    return both("%(name)s（%(office)s）", name=plain(row.by), office=both(OFFICES[to]))


def speaker(row: Any) -> str:
    """The same in the reader's language."""
    return speaker_words(row).in_(in_english())


def state(sort: str, code: str) -> tuple[str, str]:
    """The state's name and colour."""
    return gettext(state_message(sort, code)), _STATES[code][1]


def state_message(sort: str, code: str) -> str:
    """The state's name as a msgid, for who says it in both languages."""
    return _OF_SORT.get((sort, code), _STATES[code][0])


def action(kind: str, *, personal: bool) -> str:
    """What a button that says this word is called."""
    own = _OWN_ACTIONS.get(kind) if personal else None
    return str(gettext(own or _ACTIONS.get(kind) or KINDS[kind]))


def asked_text(kind: str) -> str:
    """What the text of this word is called on its form."""
    return str(gettext(_TEXTS.get(kind, N_("理由"))))


def hint(sort: str, kind: str) -> str:
    """What one should know before saying it, or ''."""
    words = _HINTS.get((sort, kind), "")
    return str(gettext(words)) if words else ""


def case_words(rulebook: Rulebook | None, case: Any) -> Words:
    """What a case is about: '警示通知书', '容错申请', '申诉：格次', '申诉：警示通知书'."""
    if case.sort == "tolerance":
        return both("容错申请")
    if case.sort == "appeal":
        about = both("格次") if case.code == GRADE else outcome_words(rulebook, case.code)
        return both("申诉：%(about)s", about=about)
    return outcome_words(rulebook, case.code)


def case_name(rulebook: Rulebook, case: Any) -> str:
    """The same in the reader's language."""
    return case_words(rulebook, case).in_(in_english())


def outcome_words(rulebook: Rulebook | None, code: str) -> Words:
    """An outcome's name; its code where no rulebook knows it."""
    return of_name(rulebook.by_code[code]) if rulebook and code in rulebook.by_code else plain(code)


def outcome_name(rulebook: Rulebook, code: str) -> str:
    """The same in the reader's language."""
    return outcome_words(rulebook, code).in_(in_english())


def what(rulebook: Rulebook, code: str) -> str:
    """What an outcome means, in the reader's language."""
    rule = rulebook.by_code[code]
    return rule.what_en if in_english() and rule.what_en else rule.what
