"""The same decision over a selection. Each return is a decision of its own: those that have changed since the
page was opened, or that the rules bar, are named and left alone; the rest are done, in one commit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.township.verification.reading import ReturnRow
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.sync.contests import OpenContest

Act = Callable[[ReturnRow], object]

# What a return is after each decision.
AFTER = {
    "accept": "accepted",
    "verify": "verified",
    "send_back": "sent_back",
    "approve": "approved",
    "reopen": "accepted",
}


@dataclass(frozen=True)
class Choice:
    """A ticked row: the village, and what the page had seen of its return."""

    village: UUID
    token: str


@dataclass
class Outcome:
    """Villages done; those the same person had done before (a form sent twice); those left alone, and why."""

    done: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def decide_each(
    what: str,
    actor: SignedIn,
    contest: OpenContest,
    table: Sequence[ReturnRow],
    chosen: Sequence[Choice],
    check: Callable[[str, SignedIn, ReturnRow, OpenContest], Refused | None],
    act: Act,
) -> Outcome:
    """Do `act` for each choice in tree order. Raises Absent for a foreign village, with nothing done."""
    seen = picked(table, chosen)
    outcome = Outcome()
    for row in table:
        if row.village.id not in seen:
            continue
        if row.token != seen[row.village.id]:
            if done_before(what, actor, row):
                outcome.before.append(row.village.name)
            else:
                outcome.refused.append(stale(row))
        elif barred := check(what, actor, row, contest):
            outcome.refused.append(barred)
        else:
            act(row)
            outcome.done.append(row.village.name)
    return outcome


def picked(table: Sequence[ReturnRow], chosen: Sequence[Choice]) -> Mapping[UUID, str]:
    """Tokens by village; raises Absent where a village is not in scope."""
    seen = {choice.village: choice.token for choice in chosen}
    if not seen.keys() <= {row.village.id for row in table}:
        raise Absent
    return seen


def done_before(what: str, actor: SignedIn, row: ReturnRow) -> bool:
    """Whether the same person has just done the same: the form was sent twice."""
    verification = row.verification
    if verification is None or row.state != AFTER[what]:
        return False
    by = {
        "accepted": verification.accepted_by,
        "verified": verification.verified_by,
        "sent_back": verification.sent_back_by,
        "approved": verification.approved_by,
    }
    return by[verification.state] == actor.name


def stale(row: ReturnRow) -> Refused:
    """Why a decision that rests on an older page is not carried out."""
    return Refused(
        "%(village)s的申报表在您打开这一页之后已经变了，请看过最新内容再办。", village=row.village.name
    )
