"""Kinds of rulebooks, fields and conditions in the reader's words."""

from flask_babel import gettext

from shared.kit.i18n import N_

KINDS = {
    "points": N_("积分办法"),
    "points_organisations": N_("党组织积分办法"),
    "commitment_checks": N_("承诺提示"),
    "appraisal": N_("党员评议定级"),
    "appraisal_organisations": N_("党组织评议定级"),
    "outcomes": N_("结果运用"),
}
FIELDS = {
    "rural": N_("农村"),
    "community": N_("社区"),
    "organ": N_("机关"),
    "state_enterprise": N_("国有企业"),
    "school": N_("学校"),
    "non_public": N_("非公企业"),
    "social_organisation": N_("社会组织"),
}
EVIDENCE = {
    "none": N_("不需要"),
    "optional": N_("可附"),
    "witness": N_("要有证明人"),
    "required": N_("必须附"),
}
ROLES = {
    "leading": N_("领导干部"),
    "in_post": N_("在职人员"),
    "reserve": N_("后备干部"),
}
MECHANISMS = {
    "rise": N_("鼓励激励、能上"),
    "help": N_("帮扶"),
    "step_down": N_("能下"),
    "tolerance": N_("容错纠错"),
    "discipline": N_("移交纪检、司法"),
}
TIERS = {"branch": N_("支部"), "township": N_("乡镇"), "county": N_("县里")}
STATES = {"open": N_("进行中"), "closed": N_("已关闭")}


def kind_name(key: str) -> str:
    """'积分办法（农村）' for 'points/rural'."""
    kind, _slash, field = key.partition("/")
    if not field:
        return gettext(KINDS[kind])
    return gettext("%(kind)s（%(field)s）", kind=gettext(KINDS[kind]), field=gettext(FIELDS[field]))


def role_name(role: str) -> str:
    """A role of a points scheme; a word of the county's own stays as it is."""
    return gettext(ROLES[role]) if role in ROLES else role
