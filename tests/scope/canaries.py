"""Words that give away whose a thing is: `zq11p03q` is the name of the third member of unit 11.

A kind says what carries the word: `n` a unit's name, `a` the name of an account, `p` a member's name,
`t` something that somebody wrote, `s` something written that nobody else may read yet. Member 00 is the unit.
"""

import re
from dataclasses import dataclass

WORD = re.compile(r"zq(\d\d)([napts])(\d\d)q")


@dataclass(frozen=True, order=True)
class Canary:
    """Whose word it is: `unit` and `member` by number, `kind` one letter (`i`: an id)."""

    unit: int
    kind: str
    member: int = 0

    def __str__(self) -> str:
        return f"zq{self.unit:02}{self.kind}{self.member:02}q"


def heard(text: str) -> set[Canary]:
    """The canaries that sing in a text."""
    return {Canary(int(unit), kind, int(member)) for unit, kind, member in WORD.findall(text)}
