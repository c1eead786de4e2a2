"""The wire: one versioned schema per kind. A version is never edited, the next is added (CHANGES.md)."""

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

MESSAGES: tuple[type[Wire], ...] = (
    ReturnFiled,
    ReturnWithdrawn,
    ReturnVerdict,
    ReturnVerified,
    ReturnSentBack,
    ObjectionRaised,
    ObjectionAnswered,
)

kinds: dict[tuple[str, int], type[Wire]] = {
    (message.KIND, message.VERSION): message for message in (*MESSAGES, *PUBLICATIONS)
}
