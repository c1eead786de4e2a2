"""What a branch graded its members by, held against what the tiers above have approved and been told.

Grading again from the branch's own figures says only that it reckoned rightly. That the figures are those of
the approved statements, of the bases carried and of the roster is said here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from shared.contracts.appraisal import AppraisalFiled, AppraisedLine
from shared.contracts.recount import Carried, posted_by_month
from shared.contracts.statements import StatementClosed
from shared.contracts.transfers import months_since
from shared.rules.appraisal import Figures, Rulebook, kinds_of, months_counted, year_figures
from shared.rules.points.scheme_values import Scheme

POSTED = ("months", "bonus", "deductions")
COUNTED_FROM_CARDS = ("standard", "applicable", "exempt", "probationary")
MISSING, BASE = "missing", "base"


class Card(NamedTuple):
    """What a branch told of a member, at `told_at`; `joined_told`: whether of joining too."""

    field: str
    status: str
    exempt: bool
    since: date
    until: date | None
    joined_on: date | None
    joined_told: bool
    told_at: datetime

    def held_on(self, day: date) -> bool:
        """Whether the membership covers a day."""
        return self.since <= day and (self.until is None or self.until > day)


class Otherwise(NamedTuple):
    """What a filing says of a member and what is held here; `what` a figure's name, or MISSING.

    Points in hundredths, `applicable` in hundredths of percent, truths as 0 and 1.
    """

    member_id: UUID
    what: str
    filed: int
    held: int


@dataclass(frozen=True)
class Kept:
    """What a tier holds of one branch's year; nothing is asked of what is left out.

    `statements` are all approved parts of the year, in the order they were closed; `cards` by member; `bases`
    those a member may have begun with, by member (an appeal may have put one right meanwhile).
    """

    rulebook: Rulebook
    schemes: Collection[Scheme]
    statements: Iterable[StatementClosed] | None
    carried: Carried = field(default_factory=dict)
    cards: Mapping[UUID, Card] | None = None
    bases: Mapping[UUID, Collection[int]] | None = None


def held_otherwise(filed: AppraisalFiled, kept: Kept) -> list[Otherwise]:
    """Where the filing's figures are not those held here, by member; [] where all are."""
    sums = _sums(filed, kept)
    kinds, by_field = kinds_of(kept.schemes), {one.field: one for one in kept.schemes}
    found = [] if kept.cards is None else list(_missing(filed, kept.cards, kept.carried))
    anyone = next(iter(kept.schemes))
    for line in sorted(filed.inputs, key=lambda one: one.member_id):
        card = kept.cards.get(line.member_id) if kept.cards else None
        scheme = by_field.get(card.field, anyone) if card else anyone
        months = _months(filed.year, line.member_id, card, kept.carried)
        exempt = card.exempt if card else line.exempt
        figures = year_figures(
            kept.rulebook, scheme, kinds, sums.get(line.member_id, {}), line.base, months or 12, exempt
        )
        if kept.statements is not None:
            found += _posted(line, figures)
        if kept.bases is not None:
            found += _base(line, kept.bases.get(line.member_id) or (kept.rulebook.new_member_base,))
        if card is not None and card.told_at <= datetime.fromisoformat(filed.filed_at):
            found += _by_card(line, card, figures, months)
    return found


def _sums(filed: AppraisalFiled, kept: Kept) -> dict[UUID, dict[str, int]]:
    found: dict[UUID, dict[str, int]] = {}
    for member, posted in posted_by_month(kept.statements or (), filed.year, kept.carried).items():
        sums = found.setdefault(member, {})
        for (_month, category), points in posted.items():
            sums[category] = sums.get(category, 0) + points
    return found


def _missing(filed: AppraisalFiled, cards: Mapping[UUID, Card], carried: Carried) -> Iterator[Otherwise]:
    graded = {one.member_id for one in filed.grades}
    last = date(filed.year, 12, 31)
    for member, card in sorted(cards.items()):
        # Who was handed over after the ballots may have been graded where he came from: the county sees that.
        if member not in graded and member not in carried and card.held_on(last):
            yield Otherwise(member, MISSING, 0, 1)


def _months(year: int, member: UUID, card: Card | None, carried: Carried) -> int | None:
    """Months counted, None where this tier was not told since when."""
    if card is None or not card.joined_told:
        return None
    return months_counted(year, months_since(card.joined_on, card.since, carried.get(member)))


def _posted(line: AppraisedLine, figures: Figures) -> Iterator[Otherwise]:
    for what in POSTED:
        filed, held = getattr(line, what), getattr(figures, what)
        if filed != held:
            yield Otherwise(line.member_id, what, filed, held)


def _base(line: AppraisedLine, may: Collection[int]) -> Iterator[Otherwise]:
    if line.base not in may:
        yield Otherwise(line.member_id, BASE, line.base, list(may)[-1])


def _by_card(line: AppraisedLine, card: Card, figures: Figures, months: int | None) -> Iterator[Otherwise]:
    held = {
        "standard": line.standard if months is None else figures.standard,
        "applicable": figures.applicable,
        "exempt": int(card.exempt),
        "probationary": int(card.status == "probationary"),
    }
    for what in COUNTED_FROM_CARDS:
        filed = int(getattr(line, what))
        if filed != held[what]:
            yield Otherwise(line.member_id, what, filed, held[what])
