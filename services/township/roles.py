"""Who may do what at a township: role → title, permissions.

Accepting, verifying a lower level's return and approving one's own roll-up are three authorities.
"""

ROLES = {
    "township_organiser": (
        "组织委员",
        [
            "desk.see",
            "return.see",
            "return.accept",
            "return.verify",
            "return.send_back",
            "result.see",
            "objection.raise",
        ],
    ),
    "township_secretary": (
        "党委书记",
        ["desk.see", "return.see", "rollup.approve", "return.send_back", "result.see"],
    ),
}
