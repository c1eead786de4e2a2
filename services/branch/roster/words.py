"""What members are called on pages and in Excel: one list for both."""

from shared.kit.i18n import N_

FIELDS = {
    "rural": N_("农村"),
    "community": N_("社区"),
    "organ": N_("机关"),
    "state_enterprise": N_("国企"),
    "school": N_("学校"),
    "non_public": N_("非公"),
    "social_organisation": N_("社会组织"),
}
STATUSES = {"full": N_("正式党员"), "probationary": N_("预备党员")}
ROLES = {"leading": N_("领导干部"), "in_post": N_("在职人员"), "reserve": N_("后备干部")}
REASONS = {
    "moved": N_("转出"),
    "died": N_("去世"),
    "left": N_("离开党组织"),
    "mistake": N_("录入有误"),
}
# The list's filters, in the order shown.
VIEWS = {
    "active": N_("在册"),
    "probationary": N_("预备"),
    "exempt": N_("免除硬性要求"),
    "floating": N_("流动"),
    "left": N_("已离开"),
}
