"""The wire: one versioned schema per kind. A version is never edited, the next is added (CHANGES.md)."""

import msgspec

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
from shared.contracts.signed import SignedDocument

MESSAGES: tuple[type[Wire], ...] = (
    ReturnFiled,
    ReturnWithdrawn,
    ReturnVerdict,
    ReturnVerified,
    ReturnSentBack,
    ObjectionRaised,
    ObjectionAnswered,
)
# A county's documents all travel as signed bytes under their own kind.
PUBLICATIONS = ("rulebook.published", "contest.opened", "contest.stage", "result.announced", "village.result")

kinds: dict[tuple[str, int], type[msgspec.Struct]] = {
    **{(message.KIND, message.VERSION): message for message in MESSAGES},
    **{(kind, 1): SignedDocument for kind in PUBLICATIONS},
}
