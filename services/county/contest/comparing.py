"""What changed from one trial to the next: which villages moved, by how much, because of which inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.models import Trial, TrialLine
from services.county.contest.records import lines


@dataclass(frozen=True)
class InputChange:
    """One figure that differs: an indicator's code with both texts ('' for a return that is not there)."""

    indicator: str
    before: str
    after: str


@dataclass(frozen=True)
class Movement:
    """One village in both trials; either line is None for a village that came or went."""

    before: TrialLine | None
    after: TrialLine | None
    inputs: tuple[InputChange, ...]
    vetoes: bool
    decided: bool

    @property
    def line(self) -> TrialLine:
        """The newer line there is."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def score(self) -> int | None:
        """Points won or lost, in hundredths; None where one side has no score."""
        if self.before is None or self.after is None:
            return None
        if self.before.score is None or self.after.score is None:
            return None
        return self.after.score - self.before.score

    @property
    def tiers(self) -> tuple[int | None, int | None]:
        """Tier before and after."""
        return self.before.tier if self.before else None, self.after.tier if self.after else None

    @property
    def ranks(self) -> tuple[int | None, int | None]:
        """Rank before and after."""
        return self.before.rank if self.before else None, self.after.rank if self.after else None

    @property
    def tier_changed(self) -> bool:
        """Whether the village holds another tier, or one is decided that was not."""
        return self.tiers[0] != self.tiers[1]

    @property
    def own_cause(self) -> bool:
        """Whether something about this very village changed."""
        return bool(self.inputs) or self.vetoes or self.decided or self.before is None or self.after is None

    @property
    def direction(self) -> str:
        """'up' or 'down' where both trials give a tier and they differ, else ''."""
        before, after = self.tiers
        if before is None or after is None or before == after:
            return ""
        return "up" if after < before else "down"


def former_trial(session: Session, trial: Trial) -> Trial | None:
    """The trial before this one, or None."""
    query = select(Trial).where(Trial.contest_id == trial.contest_id, Trial.number == trial.number - 1)
    return session.scalars(query).one_or_none()


def movements(session: Session, before: Trial, after: Trial) -> list[Movement]:
    """Every village of the two trials in the newer one's order."""
    old = {line.unit_id: line for line in lines(session, before)}
    return compare(old, lines(session, after), _newly_decided(before, after))


def compare(
    old: Mapping[UUID, TrialLine], new: Sequence[TrialLine], decided: frozenset[str] = frozenset()
) -> list[Movement]:
    """Lines side by side; villages that are gone come last."""
    found = [_movement(old.get(line.unit_id), line, decided) for line in new]
    there = {line.unit_id for line in new}
    return found + [_movement(line, None, decided) for unit, line in old.items() if unit not in there]


def _movement(before: TrialLine | None, after: TrialLine | None, decided: frozenset[str]) -> Movement:
    code = (after or before).village_code  # type: ignore[union-attr]
    vetoes = bool(before and after and sorted(before.vetoes) != sorted(after.vetoes))
    return Movement(before, after, _inputs(before, after), vetoes, code in decided)


def _inputs(before: TrialLine | None, after: TrialLine | None) -> tuple[InputChange, ...]:
    old, new = (before.values or {}) if before else {}, (after.values or {}) if after else {}
    if before is None or after is None:
        return ()
    codes = [*old, *(code for code in new if code not in old)]
    return tuple(
        InputChange(code, old.get(code, ""), new.get(code, ""))
        for code in codes
        if old.get(code, "") != new.get(code, "")
    )


def _newly_decided(before: Trial, after: Trial) -> frozenset[str]:
    known = [one["villages"] for one in before.decisions]
    return frozenset(
        code for one in after.decisions if one["villages"] not in known for code in one["villages"]
    )
