"""The wire: one versioned schema per kind. A version is never edited, the next is added (CHANGES.md)."""

from shared.contracts.appraisal import AppraisalConfirmed, AppraisalFiled, AppraisalVerdict
from shared.contracts.authority import AuthorityGap
from shared.contracts.classing import CLASSING
from shared.contracts.deeds import DeedDeclined, DeedProposed
from shared.contracts.organisations import ORGANISATIONS
from shared.contracts.outcomes import CasesDecided, CasesTold, GradeCorrected, YearAsked, YearSettled
from shared.contracts.publications import PUBLICATIONS
from shared.contracts.returns import (
    ObjectionAnswered,
    ObjectionRaised,
    ReturnFiled,
    ReturnSentBack,
    ReturnVerdict,
    ReturnVerified,
    ReturnWithdrawn,
    Wire,
)
from shared.contracts.roster import RosterChanged
from shared.contracts.statements import StatementApproved, StatementClosed, StatementVerdict
from shared.contracts.transfers import TRANSFERS, MemberFollowed, TransferClosed

MESSAGES: tuple[type[Wire], ...] = (
    ReturnFiled,
    ReturnWithdrawn,
    ReturnVerdict,
    ReturnVerified,
    ReturnSentBack,
    AuthorityGap,
    ObjectionRaised,
    ObjectionAnswered,
    RosterChanged,
    DeedProposed,
    DeedDeclined,
    StatementClosed,
    StatementVerdict,
    StatementApproved,
    AppraisalFiled,
    AppraisalVerdict,
    AppraisalConfirmed,
    CasesTold,
    CasesDecided,
    YearSettled,
    YearAsked,
    *TRANSFERS,
    MemberFollowed,
    GradeCorrected,
    *ORGANISATIONS,
    *CLASSING,
)

kinds: dict[tuple[str, int], type[Wire]] = {
    (message.KIND, message.VERSION): message for message in (*MESSAGES, *PUBLICATIONS)
} | {(older.KIND, 1): older for older in (MemberFollowed, RosterChanged, StatementClosed, TransferClosed)}
