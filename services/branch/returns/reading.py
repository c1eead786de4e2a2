"""Where a village's return stands: which attempt counts, what the township said, what is still wrong."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.returns.models import Verdict, VillageReturn
from shared.contracts.documents import FilingException
from shared.kit.clock import civil
from shared.kit.errors import Absent
from shared.rules.contest import BadValue, read_value
from shared.rules.rulebook_values import Rulebook
from shared.sync.contests import OpenContest, contest_by_id, contest_of_year, why
from shared.sync.exceptions import exception_of, lasts

# Once the township has taken an attempt up it counts over any later one (services/township does the same).
TAKEN_UP = ("accepted", "verified", "approved", "withdrawal_refused")


@dataclass(frozen=True)
class ReturnStatus:
    """Where a village's return stands: the attempt that counts, and the township's last word on it.

    `sent_back` is the return to the branch that is still to be answered by a new attempt; `exception` the
    county's last word on filing late.
    """

    attempt: VillageReturn | None
    verdict: Verdict | None
    sent_back: Verdict | None = None
    exception: FilingException | None = None

    @property
    def state(self) -> str:
        """none, draft, filed, withdrawn, accepted, verified, approved or sent_back."""
        if self.attempt is None:
            return "none"
        if self.verdict is not None:
            return "accepted" if self.verdict.verdict == "withdrawal_refused" else self.verdict.verdict
        return self.attempt.state

    @property
    def open(self) -> bool:
        """Whether the branch may go on writing, as far as the township is concerned."""
        return self.state in ("none", "draft", "withdrawn", "sent_back")

    @property
    def number(self) -> int:
        """Which attempt is being written, or was the last one filed."""
        if self.attempt is None:
            return 1
        return self.attempt.attempt + (self.state in ("withdrawn", "sent_back"))

    @property
    def version(self) -> str:
        """Attempt and fingerprint of what stands in it: what a person who looks at it has seen."""
        held = [self.attempt.values, self.attempt.note] if self.attempt else [{}, ""]
        canonical = json.dumps(held, sort_keys=True, ensure_ascii=False)
        return f"{self.number}-{sha256(canonical.encode()).hexdigest()[:16]}"


def status(session: Session, contest_id: UUID, unit_id: UUID) -> ReturnStatus:
    """The attempt of one village that counts, with the verdict on it."""
    tried = attempts(session, contest_id, unit_id)
    said = verdicts(session, contest_id, unit_id)
    last: dict[UUID, Verdict] = {one.return_id: one for one in reversed(said)}
    taken = [one for one in tried if one.id in last and last[one.id].verdict in TAKEN_UP]
    attempt = (taken or tried or [None])[0]  # type: ignore[list-item]
    newest = said[0] if said else None
    sent_back = newest if newest and newest.verdict == "sent_back" else None
    exception = exception_of(session, contest_id, unit_id)
    return ReturnStatus(attempt, last.get(attempt.id) if attempt else None, sent_back, exception)


def attempts(session: Session, contest_id: UUID, unit_id: UUID) -> Sequence[VillageReturn]:
    """Every attempt of a village, newest first, as the database holds it now."""
    query = select(VillageReturn).where(
        VillageReturn.contest_id == contest_id, VillageReturn.unit_id == unit_id
    )
    newest_first = query.order_by(VillageReturn.attempt.desc())
    return session.scalars(newest_first.execution_options(populate_existing=True)).all()


def verdicts(session: Session, contest_id: UUID, unit_id: UUID) -> Sequence[Verdict]:
    """Every verdict on a village's attempts, newest first; of one moment, accepting came first."""
    found = session.scalars(
        select(Verdict).where(Verdict.contest_id == contest_id, Verdict.unit_id == unit_id)
    ).all()
    return sorted(found, key=lambda one: (one.at, one.verdict != "accepted", one.id), reverse=True)


def check_values(rulebook: Rulebook, values: Mapping[str, str]) -> dict[str, BadValue]:
    """What is wrong with each figure, by indicator; empty when the return can be filed."""
    wrong = {}
    for indicator in rulebook.indicators:
        try:
            read_value(indicator, values.get(indicator.code, ""))
        except BadValue as bad:
            wrong[indicator.code] = bad
    return wrong


def may_file(contest: OpenContest, current: ReturnStatus, now: datetime) -> bool:
    """Whether filing is in time: by the deadline, or later to answer a return that was sent back, or while
    the county lets this village file late."""
    return contest.course.may_file(
        civil(now).date(), sent_back=current.sent_back is not None, excepted=lasts(current.exception, now)
    )


def late_by_leave(contest: OpenContest, current: ReturnStatus, now: datetime) -> FilingException | None:
    """The exception on which this village may file now, or None where it needs none or has none."""
    needed = not contest.course.may_file(civil(now).date(), sent_back=current.sent_back is not None)
    return current.exception if needed and may_file(contest, current, now) else None


def return_of(session: Session, return_id: UUID) -> tuple[VillageReturn, OpenContest]:
    """One attempt in scope with its contest; raises Absent."""
    found = session.get(VillageReturn, return_id)
    if found is None:
        raise Absent
    return found, contest_by_id(session, found.contest_id)


def last_year(session: Session, unit_id: UUID, year: int) -> Mapping[str, str]:
    """What the village's figures came to in the contest of the year before; empty without one."""
    before = contest_of_year(session, year - 1)
    if before is None:
        return {}
    result = why(session, before.contest_id, unit_id)
    if result is not None:
        return {line.code: line.verified for line in result.lines if line.verified}
    former = status(session, before.contest_id, unit_id)
    return former.attempt.values if former.attempt and former.state not in ("draft", "withdrawn") else {}
