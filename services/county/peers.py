"""What the county does with each kind that arrives from its townships."""

from services.county.contest.deciding import receive_objections
from services.county.grades.receiving import receive_confirmed
from services.county.organisations import receiving as organisations
from services.county.outcomes.receiving import receive_told
from services.county.points.receiving import receive_approved
from services.county.returns.actions import receive_verified
from services.county.role_models.actions import receive_deeds
from services.county.roster.receiving import receive_rosters
from services.county.transfers.relaying import follow, relay
from services.county.years.receiving import receive_settled
from shared.contracts.appraisal import AppraisalConfirmed
from shared.contracts.authority import AuthorityGap
from shared.contracts.classing import ClassingFiled, UnitSaid
from shared.contracts.deeds import DeedProposed
from shared.contracts.organisations import OrganisationEntered, OrganisationReplied
from shared.contracts.outcomes import CasesTold, YearSettled
from shared.contracts.returns import ObjectionRaised, ReturnVerified
from shared.contracts.roster import RosterChanged
from shared.contracts.statements import StatementApproved
from shared.contracts.transfers import TRANSFERS, MemberFollowed
from shared.sync.authority import receive_gaps
from shared.sync.node import Action

ACTIONS = {
    (ReturnVerified.KIND, 1): Action(receive=receive_verified),
    (AuthorityGap.KIND, 1): Action(receive=receive_gaps),
    (DeedProposed.KIND, 1): Action(receive=receive_deeds),
    **dict.fromkeys(((RosterChanged.KIND, 1), (RosterChanged.KIND, 2)), Action(receive=receive_rosters)),
    **{
        (kind.KIND, version): Action(receive=relay)
        for kind in TRANSFERS
        for version in range(1, kind.VERSION + 1)
    },
    **dict.fromkeys(
        ((MemberFollowed.KIND, 1), (MemberFollowed.KIND, 2)),
        Action(receive=follow),
    ),
    (AppraisalConfirmed.KIND, 1): Action(receive=receive_confirmed),
    (CasesTold.KIND, 1): Action(receive=receive_told),
    (YearSettled.KIND, 1): Action(receive=receive_settled),
    (StatementApproved.KIND, 1): Action(receive=receive_approved),
    (ClassingFiled.KIND, 1): Action(receive=organisations.receive_filed),
    (UnitSaid.KIND, 1): Action(receive=organisations.receive_said),
    (OrganisationEntered.KIND, 1): Action(receive=organisations.receive_entries),
    (OrganisationReplied.KIND, 1): Action(receive=organisations.receive_replies),
    (ObjectionRaised.KIND, 1): Action(receive=receive_objections),
}
