"""What the branch does with each kind that arrives."""

from services.branch.appraisal import receiving as appraisal
from services.branch.appraisal.recovering import recover_filings
from services.branch.contest.actions import receive_answers, recover_objections
from services.branch.organisation import actions as organisation
from services.branch.organisation import year_end
from services.branch.outcomes import receiving as outcomes
from services.branch.points import receiving as points
from services.branch.returns.receiving import receive_verdicts, recover_returns, recover_withdrawals
from services.branch.role_models import actions as role_models
from services.branch.roster.receiving import recover_members
from services.branch.transfers import arriving
from services.branch.transfers import receiving as transfers
from shared.contracts.appraisal import AppraisalFiled, AppraisalVerdict
from shared.contracts.authority import AuthorityGap
from shared.contracts.classing import UnitSaid
from shared.contracts.deeds import DeedDeclined, DeedProposed
from shared.contracts.organisations import OrganisationDecided, OrganisationEntered, OrganisationReplied
from shared.contracts.outcomes import CasesDecided, CasesTold, GradeCorrected, YearAsked
from shared.contracts.publications import PUBLICATIONS, UnitBaseNotice, UnitChange
from shared.contracts.returns import (
    ObjectionAnswered,
    ObjectionRaised,
    ReturnFiled,
    ReturnVerdict,
    ReturnWithdrawn,
)
from shared.contracts.roster import RosterChanged
from shared.contracts.statements import StatementClosed, StatementVerdict
from shared.contracts.transfers import TRANSFERS, MemberFollowed
from shared.sync.authority import recover_gaps
from shared.sync.node import Action
from shared.sync.publications import receive_publications
from shared.sync.unit_changes import receive_unit_changes

ACTIONS = {
    **{(kind.KIND, kind.VERSION): Action(receive=receive_publications) for kind in PUBLICATIONS},
    (UnitChange.KIND, 1): Action(receive=receive_unit_changes),
    (ReturnVerdict.KIND, 1): Action(receive=receive_verdicts),
    (ObjectionAnswered.KIND, 1): Action(receive=receive_answers),
    **{
        (kind.KIND, version): Action(receive=transfers.receive_words, recover=transfers.recover_words)
        for kind in TRANSFERS
        for version in range(1, kind.VERSION + 1)
    },
    **dict.fromkeys(((RosterChanged.KIND, 1), (RosterChanged.KIND, 2)), Action(recover=recover_members)),
    (DeedDeclined.KIND, 1): Action(receive=role_models.receive_refusals),
    (DeedProposed.KIND, 1): Action(recover=role_models.recover_deeds),
    (AppraisalFiled.KIND, 1): Action(recover=recover_filings),
    (AppraisalVerdict.KIND, 1): Action(receive=appraisal.receive_verdicts),
    (YearAsked.KIND, 1): Action(receive=appraisal.receive_asked),
    (GradeCorrected.KIND, 1): Action(receive=outcomes.receive_corrected),
    **dict.fromkeys(
        ((MemberFollowed.KIND, 1), (MemberFollowed.KIND, 2)),
        Action(receive=arriving.receive_followed, recover=arriving.recover_followed),
    ),
    (CasesDecided.KIND, 1): Action(receive=outcomes.receive_decided),
    (CasesTold.KIND, 1): Action(receive=outcomes.receive_told, recover=outcomes.recover_told),
    (OrganisationEntered.KIND, 1): Action(
        receive=organisation.receive_entries, recover=organisation.recover_entries
    ),
    (OrganisationDecided.KIND, 1): Action(receive=organisation.receive_decisions),
    (OrganisationReplied.KIND, 1): Action(recover=organisation.recover_replies),
    (UnitBaseNotice.KIND, 1): Action(receive=year_end.receive_bases),
    (UnitSaid.KIND, 1): Action(receive=year_end.receive_said, recover=year_end.recover_said),
    (StatementVerdict.KIND, 1): Action(receive=points.receive_verdicts),
    **dict.fromkeys(
        ((StatementClosed.KIND, 1), (StatementClosed.KIND, 2)), Action(recover=points.recover_statements)
    ),
    (ReturnFiled.KIND, 1): Action(recover=recover_returns),
    (AuthorityGap.KIND, 1): Action(recover=recover_gaps),
    (ReturnWithdrawn.KIND, 1): Action(recover=recover_withdrawals),
    (ObjectionRaised.KIND, 1): Action(recover=recover_objections),
}
