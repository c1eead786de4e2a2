"""What another rulebook would make of a contest's verified figures. Nothing is saved, nothing decided."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from services.county.contest.inputs import gather
from services.county.contest.models import Contest
from services.county.rulebooks.actions import version
from shared.rules.contest import ContestError, Entry, Grading, VillageResult, grade
from shared.rules.rulebook_values import Rulebook
from shared.rules.villages import group_of


class NotComparable(Exception):
    """The figures cannot be graded by that rulebook; `message` in Chinese, `message_en` in English."""

    def __init__(self, message: str, message_en: str) -> None:
        super().__init__(message_en)
        self.message, self.message_en = message, message_en


@dataclass(frozen=True)
class Shift:
    """One village under the contest's own rulebook and under the other."""

    before: VillageResult
    after: VillageResult
    township: str

    @property
    def moved(self) -> bool:
        """Whether the tier would be another."""
        return self.before.tier != self.after.tier


@dataclass(frozen=True)
class DryRun:
    """Both gradings side by side, ties broken by code in both. Villages in the new order."""

    own: Rulebook
    other: Rulebook
    shifts: Sequence[Shift]

    def counts(self, new: bool) -> Counter[int | None]:
        """Villages per tier number; None: left out."""
        return Counter((one.after if new else one.before).tier for one in self.shifts)


def dry_run(session: Session, contest: Contest, digest: str, townships: dict[str, str]) -> DryRun:
    """Grade a contest's figures by its own rulebook and by the version `digest`.

    `townships` are township names by village code. Raises NotComparable, Absent.
    """
    own, other = version(session, contest.rulebook_hash)[1], version(session, digest)[1]
    entries = gather(session, contest, own).entries
    before, after = _graded(own, entries), _graded(other, [_regrouped(other, one) for one in entries])
    known = {one.village_code: one for one in before.villages}
    shifts = [
        Shift(known[one.village_code], one, townships.get(one.village_code, "")) for one in after.villages
    ]
    return DryRun(own, other, shifts)


def _regrouped(rulebook: Rulebook, entry: Entry) -> Entry:
    """The entry as the other rulebook sees it: its own pools, and only the events it knows."""
    vetoes = tuple(event for event in entry.vetoes if event in rulebook.events)
    return replace(entry, group=group_of(rulebook, entry.village_code, entry.village_name), vetoes=vetoes)


def _graded(rulebook: Rulebook, entries: Sequence[Entry]) -> Grading:
    try:
        return grade(rulebook, entries, what_if=True)
    except ContestError as error:
        raise NotComparable(error.message, str(error)) from error
