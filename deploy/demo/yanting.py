"""A synthetic county of Yanting's size (M1): 43 committees, 47 general branches, 905 branches, 25,619 people.

The source gives the counts; every name, code and share here is made up, and the names say so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from deploy.demo.shape import YEAR_MONTHS, Head, Shape
from deploy.tree import Place, Tree

COUNTY = "990723"
MADE_UP = "（合成）"
SEED = "yanting"
LARGEST_BRANCH = 50
FIELD_NAMES = {
    "rural": "村党支部",
    "community": "社区党支部",
    "organ": "机关党支部",
    "state_enterprise": "国企党支部",
    "school": "学校党支部",
    "non_public": "企业党支部",
    "social_organisation": "社会组织党支部",
}
# How far from home members of a field live, against each other.
AWAY = {"rural": 6, "community": 2, "non_public": 2, "social_organisation": 1, "state_enterprise": 1}


@dataclass(frozen=True)
class Sort:
    """A sort of committee of township rank: its kind, how it is called, where its branches' weights lie."""

    kind: str
    ending: str
    weights: Mapping[str, int]


TOWN = Sort("township", "镇", {"rural": 15, "community": 1, "organ": 1, "school": 1, "non_public": 1})
RURAL_TOWNSHIP = Sort("township", "乡", {"rural": 13, "organ": 1, "school": 1})
STREET = Sort("street", "街道", {"community": 18, "organ": 2, "non_public": 6, "social_organisation": 3})
PARK = Sort("industrial_park", "工业园区党工委", {"non_public": 14, "state_enterprise": 6})
ORGANS = Sort("county_organs", "县直机关工委", {"organ": 80})
SCHOOLS = Sort("county_organs", "教育系统党委", {"school": 45})
HEALTH = Sort("county_organs", "卫生健康系统党委", {"organ": 14, "social_organisation": 2})
STATE_OWNED = Sort("county_organs", "国资系统党委", {"state_enterprise": 30})
NEW_FIELDS = Sort("county_organs", "两新组织工委", {"non_public": 16, "social_organisation": 20})


@dataclass(frozen=True)
class Size:
    """How many there are of everything."""

    committees: Sequence[tuple[Sort, int]]
    branches: Mapping[str, int]
    generals: int
    members: int
    floating: int


WHOLE = Size(
    committees=(
        *((TOWN, 24), (RURAL_TOWNSHIP, 9), (STREET, 3), (PARK, 2)),
        *((ORGANS, 1), (SCHOOLS, 1), (HEALTH, 1), (STATE_OWNED, 1), (NEW_FIELDS, 1)),
    ),
    branches={
        **{"rural": 478, "community": 92, "organ": 128, "state_enterprise": 47},
        **{"school": 80, "non_public": 52, "social_organisation": 28},
    },
    generals=47,
    members=25_619,
    floating=3_200,
)
# The same shape, about a fiftieth: for a look, and for the tests.
SMALL = Size(
    committees=((TOWN, 1), (RURAL_TOWNSHIP, 1), (STREET, 1), (PARK, 1), (ORGANS, 1)),
    branches={
        **{"rural": 7, "community": 3, "organ": 3, "state_enterprise": 2},
        **{"school": 1, "non_public": 1, "social_organisation": 1},
    },
    generals=2,
    members=512,
    floating=64,
)


def yanting(size: Size = WHOLE, name: str = "yanting", months: int = YEAR_MONTHS) -> Shape:
    """The county as a profile of the demo."""
    townships = _townships(size)
    fields = _fields(size, townships)
    villages, generals, under = _branches(size, townships, fields)
    heads = _heads(size, villages, fields)
    county = Place(COUNTY, f"盐亭县{MADE_UP}")
    told = [repr(one) for one in (size, villages, generals, under)]
    digest = sha256("\n".join(told).encode()).hexdigest()
    places = tuple(place for place, _sort in townships)
    return Shape(name, Tree(county, places, villages, digest, generals, under), months, False, heads)


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in proportion to the weights, in whole numbers, by largest remainder."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    made = [total * weight // whole for weight in weights]
    behind = sorted(range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place))
    for place in behind[: total - sum(made)]:
        made[place] += 1
    return made


def _townships(size: Size) -> list[tuple[Place, Sort]]:
    made: list[tuple[Place, Sort]] = []
    for sort, many in size.committees:
        for number in range(1, many + 1):
            ordinal = f"第{number:02}" if many > 1 else ""
            code = f"{COUNTY}{len(made) + 1:03}"
            made.append((Place(code, f"{ordinal}{sort.ending}{MADE_UP}", sort.kind), sort))
    return made


def _fields(size: Size, townships: Sequence[tuple[Place, Sort]]) -> dict[str, list[str]]:
    """Each committee's branches by field."""
    found: dict[str, list[str]] = {place.code: [] for place, _sort in townships}
    for code, many in size.branches.items():
        each = shares(many, [sort.weights.get(code, 0) for _place, sort in townships])
        for (place, _sort), some in zip(townships, each, strict=True):
            found[place.code] += [code] * some
    return found


def _branches(
    size: Size, townships: Sequence[tuple[Place, Sort]], fields: Mapping[str, Sequence[str]]
) -> tuple[dict[str, tuple[Place, ...]], dict[str, tuple[Place, ...]], dict[str, str]]:
    villages: dict[str, tuple[Place, ...]] = {}
    for place, _sort in townships:
        villages[place.code] = tuple(
            Place(f"{place.code}{number:03}", f"{number:02}号{FIELD_NAMES[code]}{MADE_UP}", code)
            for number, code in enumerate(fields[place.code], 1)
        )
    # Of the branches that are not villages, those of one committee come under general branches of up to four.
    known = [[one for one in villages[place.code] if one.kind != "rural"] for place, _sort in townships]
    each = shares(size.generals, [len(some) for some in known])
    generals: dict[str, tuple[Place, ...]] = {}
    under: dict[str, str] = {}
    for (place, _sort), some, many in zip(townships, known, each, strict=True):
        generals[place.code] = tuple(
            Place(
                f"{place.code}{900 + number:03}",
                f"{place.name.removesuffix(MADE_UP)}第{number}党总支{MADE_UP}",
            )
            for number in range(1, many + 1)
        )
        for position, one in enumerate(some[: many * 4]):
            under[one.code] = generals[place.code][position % many].code
    return villages, generals, under


def _heads(
    size: Size, villages: Mapping[str, Sequence[Place]], fields: Mapping[str, Sequence[str]]
) -> dict[str, Head]:
    chance = Random(SEED)
    places = [
        (one.code, field)
        for code, some in villages.items()
        for one, field in zip(some, fields[code], strict=True)
    ]
    many = shares(size.members, [chance.randint(55, 145) for _ in places])
    assert max(many) <= LARGEST_BRANCH
    # Everybody has a home branch; the secretary and who may be appraised as probationary stay at home.
    away = shares(
        size.floating,
        [AWAY.get(field, 0) * (some - 2) for (_code, field), some in zip(places, many, strict=True)],
    )
    return {
        code: Head(field, some, gone) for (code, field), some, gone in zip(places, many, away, strict=True)
    }
