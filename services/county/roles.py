"""Who may do what at the county: role → title, permissions.

No account holds two of system, security and audit, nor one of them and another role; who locks a contest
does not publish it; who decides outcomes judges no appeal.
"""

from shared.kit.i18n import N_

ROLES = {
    "county_organiser": (
        N_("组织科"),
        [
            "desk.see",
            "rulebook.see",
            "rulebook.edit",
            "contest.see",
            "contest.run",
            "return.send_back",
            "tie.decide",
            "objection.answer",
            "contest.lock",
            "correction.propose",
            "contest.export",
            "year.see",
            "overview.see",
            "year.open",
            "deed.see",
            "outcome.see",
            "outcome.decide",
            "year.close",
            "organisation.see",
            "organisation.review",
        ],
    ),
    "county_leader": (
        N_("分管部长"),
        [
            "desk.see",
            "rulebook.see",
            "contest.see",
            "contest.publish",
            "correction.confirm",
            "exception.grant",
            "contest.export",
            "year.see",
            "overview.see",
            "deed.see",
            "deed.decide",
            "outcome.see",
            "outcome.confirm",
            "organisation.see",
            "organisation.confirm",
        ],
    ),
    "county_reviewer": (
        N_("申诉复查"),
        ["desk.see", "organisation.see", "outcome.see", "appeal.decide", "year.see", "overview.see"],
    ),
    "county_director": (
        N_("部长"),
        ["desk.see", "organisation.see", "outcome.see", "appeal.confirm", "year.see", "overview.see"],
    ),
    "system_administrator": (
        N_("系统管理员"),
        ["desk.see", "unit.see", "unit.change", "accounts.see", "accounts.manage", "sync.see"],
    ),
    "security_administrator": (N_("安全管理员"), ["desk.see", "accounts.see", "roles.manage"]),
    "auditor": (N_("审计管理员"), ["desk.see", "audit.see"]),
}
