"""What the township does with each kind that arrives, and with its own words that a restore had lost."""

from services.township.appraisals.receiving import receive_filings
from services.township.appraisals.receiving import recover_verdicts as recover_appraisal_verdicts
from services.township.objections.actions import (
    receive_answers,
    receive_objections,
    recover_answers,
    recover_objections,
)
from services.township.organisations import actions as organisations
from services.township.organisations import year_end_receiving as year_end
from services.township.outcomes import passing as outcomes
from services.township.outcomes import settling
from services.township.publications.actions import pass_on_to_all, pass_on_to_village, pass_on_unit_changes
from services.township.roster.passing import receive_and_pass_on
from services.township.statements.receiving import receive_statements
from services.township.transfers.relaying import follow, relay
from services.township.verification.receiving import receive_returns, receive_sent_back, receive_withdrawals
from services.township.verification.recovering import recover_rolled_up, recover_verdicts
from shared.contracts.appraisal import AppraisalFiled, AppraisalVerdict
from shared.contracts.authority import AuthorityGap
from shared.contracts.classing import ClassingFiled, ClassingVerdict, UnitSaid
from shared.contracts.deeds import DeedDeclined, DeedProposed
from shared.contracts.organisations import OrganisationDecided, OrganisationEntered, OrganisationReplied
from shared.contracts.outcomes import CasesDecided, CasesTold, GradeCorrected, YearAsked, YearSettled
from shared.contracts.publications import (
    PUBLICATIONS,
    FilingExceptionNotice,
    UnitBaseNotice,
    UnitChange,
    UnitClassNotice,
    UnitReviewNotice,
    VillageResultNotice,
)
from shared.contracts.returns import (
    ObjectionAnswered,
    ObjectionRaised,
    ReturnFiled,
    ReturnSentBack,
    ReturnVerdict,
    ReturnVerified,
    ReturnWithdrawn,
)
from shared.contracts.roster import RosterChanged
from shared.contracts.statements import StatementClosed
from shared.contracts.transfers import TRANSFERS, MemberFollowed
from shared.sync.authority import receive_gaps, recover_gaps
from shared.sync.handing_on import hand_down, hand_up
from shared.sync.node import Action

ACTIONS = {
    **{(kind.KIND, kind.VERSION): Action(receive=pass_on_to_all) for kind in PUBLICATIONS},
    (VillageResultNotice.KIND, 1): Action(receive=pass_on_to_village),
    (FilingExceptionNotice.KIND, 1): Action(receive=pass_on_to_village),
    **{
        (kind.KIND, 1): Action(receive=pass_on_to_village)
        for kind in (UnitClassNotice, UnitReviewNotice, UnitBaseNotice)
    },
    (UnitChange.KIND, 1): Action(receive=pass_on_unit_changes),
    (ReturnFiled.KIND, 1): Action(receive=receive_returns),
    (ReturnWithdrawn.KIND, 1): Action(receive=receive_withdrawals),
    (ReturnSentBack.KIND, 1): Action(receive=receive_sent_back),
    (ObjectionRaised.KIND, 1): Action(receive=receive_objections, recover=recover_objections),
    (ObjectionAnswered.KIND, 1): Action(receive=receive_answers, recover=recover_answers),
    (AuthorityGap.KIND, 1): Action(receive=receive_gaps, recover=recover_gaps),
    **dict.fromkeys(((RosterChanged.KIND, 1), (RosterChanged.KIND, 2)), Action(receive=receive_and_pass_on)),
    **{
        (kind.KIND, version): Action(receive=relay)
        for kind in TRANSFERS
        for version in range(1, kind.VERSION + 1)
    },
    **dict.fromkeys(
        ((MemberFollowed.KIND, 1), (MemberFollowed.KIND, 2)),
        Action(receive=follow),
    ),
    (CasesTold.KIND, 1): Action(receive=outcomes.pass_up, recover=outcomes.recover_told),
    (CasesDecided.KIND, 1): Action(receive=outcomes.pass_down),
    (YearSettled.KIND, 1): Action(receive=settling.pass_settled),
    (YearAsked.KIND, 1): Action(receive=hand_down),
    (GradeCorrected.KIND, 1): Action(receive=hand_down),
    **dict.fromkeys(
        ((StatementClosed.KIND, 1), (StatementClosed.KIND, 2)), Action(receive=receive_statements)
    ),
    (AppraisalFiled.KIND, 1): Action(receive=receive_filings),
    (DeedProposed.KIND, 1): Action(receive=hand_up),
    (DeedDeclined.KIND, 1): Action(receive=hand_down),
    (OrganisationEntered.KIND, 1): Action(
        receive=organisations.receive_entries, recover=organisations.recover_entries
    ),
    (OrganisationReplied.KIND, 1): Action(
        receive=organisations.receive_replies, recover=organisations.recover_replies
    ),
    (OrganisationDecided.KIND, 1): Action(
        receive=organisations.receive_decisions, recover=organisations.recover_decisions
    ),
    (UnitSaid.KIND, 1): Action(receive=year_end.receive_said, recover=year_end.recover_said),
    (ClassingVerdict.KIND, 1): Action(receive=year_end.receive_verdicts),
    (ClassingFiled.KIND, 1): Action(recover=year_end.recover_filed),
    # Own words that come back after a restore.
    (ReturnVerified.KIND, 1): Action(recover=recover_rolled_up),
    (ReturnVerdict.KIND, 1): Action(recover=recover_verdicts),
    (AppraisalVerdict.KIND, 1): Action(recover=recover_appraisal_verdicts),
}
