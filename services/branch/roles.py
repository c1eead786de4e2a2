"""Who may do what at a branch: role → title, permissions. Seeded into the role table at migration."""

ROLES = {
    "branch_secretary": (
        "支部书记",
        ["desk.see", "return.edit", "return.file", "result.see", "objection.raise"],
    ),
    "branch_committee": ("支部委员", ["desk.see", "return.edit", "result.see"]),
}
