"""What the county does with each kind that arrives from its townships."""

from services.county.contest.deciding import receive_objections
from services.county.returns.actions import receive_verified
from shared.contracts.returns import ObjectionRaised, ReturnVerified
from shared.sync.node import Action

ACTIONS = {
    (ReturnVerified.KIND, 1): Action(receive=receive_verified),
    (ObjectionRaised.KIND, 1): Action(receive=receive_objections),
}
