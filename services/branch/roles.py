"""Who may do what at a branch: role → title, permissions. Seeded into the role table at migration."""

from shared.kit.i18n import N_

# One decides and another confirms: who may do either may do both, but never about one case.
OUTCOMES = ("outcome.see", "outcome.decide", "outcome.confirm", "outcome.speak")
MODERATES = ("comment.see", "comment.moderate")
MEMBER = ("outcome.see", "outcome.speak", "comment.see", "comment.write")
ROLES = {
    "branch_secretary": (
        N_("支部书记"),
        [
            *["desk.see", "return.edit", "return.file", "result.see", "objection.raise"],
            *["roster.see", "roster.edit", "roster.confirm", "points.see"],
            *["claim.file", "claim.proxy", "claim.review"],
            *[
                "month.close",
                "commitment.see",
                "commitment.review",
                "ballot.cast",
                "ballot.hold",
                "appraisal.hold",
            ],
            *["ranking.see", "ranking.publish", "organisation.see", "organisation.file"],
            *["library.see", "deed.propose"],
            *OUTCOMES,
            *MODERATES,
        ],
    ),
    "branch_committee": (
        N_("支部委员"),
        [
            *["desk.see", "return.edit", "result.see", "roster.see", "roster.confirm", "points.see"],
            *["claim.file", "claim.proxy", "claim.review", "commitment.see", "commitment.review"],
            *["ballot.cast", "ballot.hold", "appraisal.hold", "ranking.see"],
            *["organisation.see", "organisation.file"],
            *["library.see", "deed.propose"],
            *OUTCOMES,
            *MODERATES,
        ],
    ),
    "general_secretary": (
        N_("党总支书记"),
        ["desk.see", "general.see", "general.endorse", "library.see", "outcome.see", "outcome.stand_in"],
    ),
    "member": (N_("党员"), ["own.see", "claim.file", "ballot.cast", "ranking.see", "library.see", *MEMBER]),
}
# Who holds only these sees their own rows and nobody else's.
PERSONAL = ("member",)
