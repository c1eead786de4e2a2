"""Refusals, states and cuts of a branch's own points in the reader's words."""

from shared.kit.i18n import N_

REFUSALS = {
    "no_scheme": N_("县里这一年没有下发党组织积分办法。"),
    "unknown_item": N_("积分办法里没有这一项，请重新选。"),
    "future": N_("日子还没到，请填做这件事的那一天。"),
    "before_scheme": N_("积分办法自 %(day)s 起施行，更早的不能报。"),
    "too_late": N_("%(day)s 的事最晚报到 %(until)s，现在已经过期。"),
    "branch_only": N_("“%(item)s”由上级党组织登记，支部不能自己报。"),
    "own_only": N_("“%(item)s”由支部自己申报，乡镇只登记扣分。"),
    "times": N_("次数应在 1 到 %(most)s 之间。"),
    "too_short": N_("请写清楚做了什么，至少 %(least)s 个字。"),
    "evidence": N_("“%(item)s”请写明证明人或凭据。"),
    "other_year": N_("这一天不在 %(year)s 年度。"),
}
# What the township says of an entry that its own count does not take.
FAULTS = {
    "no_scheme": N_("所用积分办法不是县里公布的那一套"),
    "too_late": N_("过了补报期限"),
    "branch_only": N_("这一项不能由支部自己报"),
}
FAULT = N_("按积分办法不能报")
STATES = {
    "waiting": (N_("等上级审核"), "amber"),
    "approved": (N_("上级已通过"), "green"),
    "returned": (N_("上级已退回"), "red"),
    "struck": (N_("上级已冲销"), "red"),
}
DEDUCTIONS = {
    "waiting": (N_("拟扣分，未定"), "amber"),
    "approved": (N_("已扣分"), "red"),
    "returned": (N_("不予扣分"), "green"),
    "struck": (N_("扣分已撤销"), "green"),
}
CUTS = {
    "item": N_("本项已到封顶"),
    "category": N_("本类已到封顶"),
    "attendance": N_("参会类已到封顶"),
    "month": N_("当月已到封顶"),
}
DOUBTS = {
    "same_day": N_("同一天已报过这一项（%(day)s）"),
    "alike": N_("与 %(day)s 的申报内容相近"),
}
