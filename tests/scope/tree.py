"""The county of canaries: two townships, one with a general branch over two of its three branches."""

from deploy.demo.shape import YEAR_MONTHS, Head, Shape
from deploy.tree import Place, Tree
from tests.scope.canaries import Canary

COUNTY, A, B = "321323", "321323001", "321323002"
GENERAL = "321323001901"
A1, A2, A3 = (f"{A}{number}" for number in (201, 202, 203))
B1, B2 = (f"{B}{number}" for number in (201, 202))
NUMBERS = {COUNTY: 0, A: 1, B: 2, GENERAL: 10, A1: 11, A2: 12, A3: 13, B1: 21, B2: 22}
"""The number by which a unit's canaries name it."""
ABOVE = {
    **{A: (COUNTY,), B: (COUNTY,), GENERAL: (A, COUNTY)},
    **{A1: (A, COUNTY, GENERAL), A2: (A, COUNTY, GENERAL), A3: (A, COUNTY)},
    **{B1: (B, COUNTY), B2: (B, COUNTY), COUNTY: ()},
}
BELOW = {
    COUNTY: tuple(code for code in NUMBERS if code != COUNTY),
    **{A: (GENERAL, A1, A2, A3), B: (B1, B2), GENERAL: (A1, A2)},
    **dict.fromkeys((A1, A2, A3, B1, B2), ()),
}
MEMBERS = 7


def _place(code: str, name: str, kind: str = "") -> Place:
    return Place(code, f"{Canary(NUMBERS[code], 'n')}{name}", kind)


def tree() -> Tree:
    """The tree; each unit's name begins with its canary."""
    villages = {
        A: tuple(_place(code, f"{code[-3:]}村") for code in (A1, A2, A3)),
        B: tuple(_place(code, f"{code[-3:]}村") for code in (B1, B2)),
    }
    return Tree(
        _place(COUNTY, "县"),
        (_place(A, "镇"), _place(B, "街道")),
        villages,
        "canaries",
        {A: (_place(GENERAL, "党总支"),)},
        {A1: GENERAL, A2: GENERAL},
    )


def shape(months: int = YEAR_MONTHS) -> Shape:
    """Who belongs to each branch; the year is played to its end."""
    return Shape(
        "canaries", tree(), months, True, {code: Head("rural", MEMBERS, 1) for code in BELOW[A] + BELOW[B]}
    )
