"""One contest year over three real databases."""

from tests.county import County


def test_a_year_ends_with_every_branch_knowing_its_tier(county: County) -> None:
    county.play("published")
    assert sum(county.year.summary()["tiers"].values()) == 6
