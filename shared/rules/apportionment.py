"""Whole seats from percentages by largest remainder (M5: 251 villages → 25/113/88/25)."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction


def apportion(n: int, shares: Sequence[Decimal], equal_remainders: str = "better_tier") -> tuple[int, ...]:
    """Seats per tier for `n` villages; they always sum to `n`.

    `shares` in percent, best tier first, summing to 100 (ValueError otherwise). Each tier first gets the
    whole part of its quota; seats left go to the largest remainders. Between equal remainders
    `equal_remainders` says who comes first: "better_tier" or "worse_tier".
    """
    if n < 0 or sum(shares) != 100 or any(share < 0 for share in shares):
        raise ValueError("shares must not be negative and must sum to 100; n must not be negative")
    quotas = [Fraction(share) * n / 100 for share in shares]
    seats = [int(quota) for quota in quotas]
    worse_first = equal_remainders == "worse_tier"
    by_remainder = sorted(
        range(len(shares)),
        key=lambda place: (seats[place] - quotas[place], -place if worse_first else place),
    )
    for place in by_remainder[: n - sum(seats)]:
        seats[place] += 1
    return tuple(seats)
