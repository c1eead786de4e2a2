"""A notice as values: who signs it, to whom, what it says, and until when what may be done about it."""

from dataclasses import dataclass
from datetime import date

# Kinds of part: a heading, text (line ends stay), ruled lines to write on (how many), a line for signatures.
HEAD, TEXT, BLANK, SIGN = "head", "text", "blank", "sign"
Part = tuple[str, str]


@dataclass(frozen=True)
class Rights:
    """Last days, each whole, of what the member may do, and whom to turn to; None for no such right.

    `certain` is False while a last day lies in a year whose days off are not announced.
    """

    reply_by: date | None = None
    hearing_by: date | None = None
    appeal_by: date | None = None
    reply_to: str = ""
    appeal_to: str = ""
    certain: bool = True


@dataclass(frozen=True)
class Notice:
    """One notice. `number` is the organ's mark and the year; its serial stays blank, sealing is human.

    `red` tells a document with red head from a record by custom without; `told` is the day it is handed
    over, `dated` the day of the decision; `slip` asks for a signed receipt below.
    """

    document: str
    organ: str
    title: str
    addressee: str
    number: tuple[str, int]
    parts: tuple[Part, ...]
    signed: str
    dated: date
    told: date
    synthetic: str = ""
    slip: bool = True
    red: bool = True

    def texts(self) -> tuple[str, ...]:
        """Everything on it that somebody typed or a rule said."""
        words = tuple(words for kind, words in self.parts if kind != BLANK)
        return (self.organ, self.title, self.addressee, self.number[0], self.signed, self.synthetic, *words)
