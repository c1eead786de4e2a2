"""What the township does with each kind that arrives, from below and from above."""

from services.township.objections.actions import receive_answers, receive_objections
from services.township.publications.actions import pass_on_to_all, pass_on_to_village
from services.township.verification.receiving import receive_returns, receive_sent_back, receive_withdrawals
from shared.contracts.publications import PUBLICATIONS, VillageResultNotice
from shared.contracts.returns import (
    ObjectionAnswered,
    ObjectionRaised,
    ReturnFiled,
    ReturnSentBack,
    ReturnWithdrawn,
)
from shared.sync.node import Action

ACTIONS = {
    **{(kind.KIND, kind.VERSION): Action(receive=pass_on_to_all) for kind in PUBLICATIONS},
    (VillageResultNotice.KIND, 1): Action(receive=pass_on_to_village),
    (ReturnFiled.KIND, 1): Action(receive=receive_returns),
    (ReturnWithdrawn.KIND, 1): Action(receive=receive_withdrawals),
    (ReturnSentBack.KIND, 1): Action(receive=receive_sent_back),
    (ObjectionRaised.KIND, 1): Action(receive=receive_objections),
    (ObjectionAnswered.KIND, 1): Action(receive=receive_answers),
}
