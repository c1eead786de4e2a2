"""Who may do what at a branch: role → title, permissions. Seeded into the role table at migration."""

from shared.kit.i18n import N_

ROLES = {
    "branch_secretary": (
        N_("支部书记"),
        ["desk.see", "return.edit", "return.file", "result.see", "objection.raise"],
    ),
    "branch_committee": (N_("支部委员"), ["desk.see", "return.edit", "result.see"]),
}
