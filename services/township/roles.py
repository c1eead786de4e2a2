"""Who may do what at a township: role → title, permissions.

Accepting, verifying a lower level's return and approving one's own roll-up are three authorities.
"""

from shared.kit.i18n import N_

ROLES = {
    "township_organiser": (
        N_("组织委员"),
        [
            "desk.see",
            "return.see",
            "return.accept",
            "return.verify",
            "return.send_back",
            "result.see",
            "objection.raise",
            "statement.see",
            "overview.see",
            "library.see",
            "statement.accept",
            "appraisal.see",
            "appraisal.accept",
            "appraisal.return",
            "statement.send_back",
            "outcome.see",
            "outcome.stand_in",
            "organisation.see",
            "organisation.review",
            "organisation.file",
        ],
    ),
    "township_secretary": (
        N_("党委书记"),
        [
            "desk.see",
            "return.see",
            "rollup.approve",
            "return.send_back",
            "result.see",
            "statement.see",
            "overview.see",
            "library.see",
            "statement.send_back",
            "statement.approve",
            "appraisal.see",
            "appraisal.confirm",
            "appraisal.return",
            "outcome.see",
            "outcome.stand_in",
            "organisation.see",
            "organisation.review",
            "organisation.file",
            "organisation.confirm",
        ],
    ),
}
