"""Who may do what at the county: role → title, permissions.

No account holds two of system, security and audit; who locks a contest does not publish it.
"""

ROLES = {
    "county_organiser": (
        "组织科",
        [
            "desk.see",
            "rulebook.edit",
            "contest.see",
            "contest.run",
            "return.send_back",
            "tie.decide",
            "objection.answer",
            "contest.lock",
            "correction.propose",
            "contest.export",
        ],
    ),
    "county_leader": (
        "分管部长",
        ["desk.see", "contest.see", "contest.publish", "correction.confirm", "contest.export"],
    ),
    "system_administrator": ("系统管理员", ["desk.see", "accounts.manage", "sync.see"]),
    "security_administrator": ("安全管理员", ["desk.see", "roles.manage"]),
    "auditor": ("审计管理员", ["desk.see", "audit.see"]),
}
