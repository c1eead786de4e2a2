"""What a member's year came to before the appraisal, from what was posted; every tier works it out alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.rules.appraisal.rulebook_values import Rulebook
from shared.rules.appraisal.standards import applicable_share, expected_total
from shared.rules.points.scheme_values import Scheme


@dataclass(frozen=True)
class Figures:
    """In hundredths, `deductions` positive. `standard` and `applicable` as the grading rule takes them."""

    base: int
    months: int
    bonus: int
    deductions: int
    standard: int
    applicable: int


def kinds_of(schemes: Iterable[Scheme]) -> dict[str, str]:
    """Kind by category code, over all schemes of a year."""
    return {category.code: category.kind for scheme in schemes for category in scheme.categories}


def year_figures(
    rulebook: Rulebook,
    scheme: Scheme,
    kinds: Mapping[str, str],
    sums: Mapping[str, int],
    base: int | None,
    months: int,
    exempt: bool,
) -> Figures:
    """Figures of a year: `sums` posted by category, `scheme` of the member's field, `months` 1 to 12 counted.

    `base` None where nothing was carried: the rulebook's base of a new member.
    """
    by_kind: dict[str, int] = {}
    for category, points in sums.items():
        kind = kinds.get(category, "basic")
        by_kind[kind] = by_kind.get(kind, 0) + points
    bonus, deducted = by_kind.pop("bonus", 0), by_kind.pop("deduction", 0)
    share = applicable_share(rulebook, scheme.standard, scheme.standard_exempt) if exempt else 100_00
    return Figures(
        base=rulebook.new_member_base if base is None else base,
        months=sum(by_kind.values()),
        bonus=bonus,
        deductions=abs(deducted),
        standard=expected_total(rulebook, scheme.standard, months),
        applicable=share,
    )
