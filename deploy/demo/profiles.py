"""The demo's profiles by name."""

from deploy.demo.shape import YEAR_MONTHS, Shape
from deploy.demo.yanting import SMALL, yanting
from deploy.tree import Tree, shipped_tree

# A first look at siyang should not wait for a whole year of everybody.
FIRST_LOOK = 3


def shape_of(name: str, tree: Tree | None = None, months: int | None = None) -> Shape:
    """A profile; `tree` of another county in siyang's place, `months` other than the profile's."""
    if name == "siyang":
        return Shape(name, tree or shipped_tree(), months or FIRST_LOOK)
    if name == "yanting-small":
        return yanting(SMALL, name, months or YEAR_MONTHS)
    return yanting(months=months or YEAR_MONTHS)
