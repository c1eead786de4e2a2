"""The acts of the audit log in words; the log itself keeps their codes."""

from flask_babel import gettext

from shared.kit.i18n import N_

ACTS = {
    "login": N_("登录"),
    "logout": N_("退出登录"),
    "rulebook.add": N_("新增规则版本"),
    "comment.write": N_("写点评"),
    "comment.published": N_("公布点评"),
    "comment.declined": N_("不公布点评"),
    "comment.withdrawn": N_("撤下点评"),
    "year.open": N_("开始年度"),
    "year.begin_closing": N_("开始关闭年度"),
    "year.close": N_("关闭年度"),
    "contest.draft": N_("建立竞赛"),
    "contest.amend": N_("修改竞赛草稿"),
    "contest.collecting": N_("竞赛进入收集"),
    "contest.verifying": N_("竞赛进入核实"),
    "contest.trial": N_("竞赛进入试算"),
    "contest.publicity": N_("竞赛进入公示"),
    "contest.locked": N_("竞赛锁定"),
    "contest.published": N_("竞赛发布"),
    "contest.compute": N_("试算"),
    "return.give_back": N_("退回乡镇的核实数"),
    "exception.grant": N_("准予延期申报"),
    "exception.revoke": N_("收回延期申报"),
    "tie.decide": N_("裁定并列"),
    "objection.answer": N_("答复异议"),
    "edition.lock": N_("锁定一版结果"),
    "edition.publish": N_("发布一版结果"),
    "correction.propose": N_("提出更正"),
    "correction.confirm": N_("确认更正"),
    "correction.refuse": N_("不采纳更正"),
    "correction.withdraw": N_("撤回更正"),
    "deed.published": N_("公布英模事迹"),
    "deed.declined": N_("不采用英模事迹"),
    "deed.withdraw": N_("撤下英模事迹"),
    "outcome.draw_up": N_("按规则生成结果运用建议"),
    "outcome.ask_tolerance": N_("提出容错申请"),
    "outcome.ask_appeal": N_("提出申诉"),
    "outcome.heard": N_("结果运用：听取本人意见"),
    "outcome.verified": N_("容错申请：核实"),
    "outcome.decided": N_("结果运用、容错、申诉：作出决定"),
    "outcome.sent_back": N_("结果运用、容错、申诉：退回重议"),
    "outcome.confirmed": N_("结果运用、容错、申诉：第二人确认"),
    "outcome.acknowledged": N_("结果运用：本人签收"),
    "outcome.replied": N_("结果运用：本人说明"),
    "outcome.hearing_asked": N_("结果运用：本人要求听证"),
    "outcome.hearing_held": N_("结果运用：记录听证"),
    "outcome.carried_out": N_("结果运用：记录落实情况"),
    "outcome.followed_up": N_("结果运用：期满评估"),
    "outcome.undone": N_("申诉成立，撤销结果运用"),
    "outcome.withdrawn": N_("撤回申请或申诉"),
    "outcome.mark": N_("登记党员情况（拟任、违纪、违法）"),
    "outcome.end_mark": N_("结束党员情况登记"),
    "unit.change": N_("变更单位"),
    "sync.refused": N_("拒收同步数据"),
    "sync.fork": N_("同步数据出现分叉"),
    "sync.enrolled": N_("节点接入"),
    "sync.key_changed": N_("节点更换密钥"),
}


def act(code: str) -> str:
    """An act in the reader's language; a code without words as it is."""
    return gettext(ACTS[code]) if code in ACTS else code
