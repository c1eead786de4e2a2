"""Which pool a village competes in: the rulebook's grouping (M5)."""

from .rulebook_values import Rulebook

VILLAGE, COMMUNITY = "村", "社区"
_VILLAGE_ENDINGS = ("村委会", "村民委员会", "嘎查", "村")
_COMMUNITY_ENDINGS = ("居委会", "居民委员会", "社区")


def kind_of(code: str, name: str) -> str:
    """村 or 社区: by the name's ending, else by the statistical code.

    The last three digits of a 12-digit code are 200–399 and 500–599 for villagers' committees and their
    like, the rest for residents' committees (national statistics bureau's coding rule).
    """
    if name.endswith(_VILLAGE_ENDINGS):
        return VILLAGE
    if name.endswith(_COMMUNITY_ENDINGS):
        return COMMUNITY
    return VILLAGE if code[9:10] in {"2", "3", "5"} else COMMUNITY


def group_of(rulebook: Rulebook, code: str, name: str) -> str:
    """The pool: the county's six digits, with the kind added where villages and communities part."""
    county = code[:6]
    return county if rulebook.grouping == "county" else county + kind_of(code, name)
