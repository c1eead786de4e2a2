"""The role-model library in a real browser, at all three tiers."""

import pytest

from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year
from tests.browser.portals import by_path, served, signed_in, walk
from tests.browser.walks import rendered, templates
from tests.county import County
from tests.journeys.test_role_models import proposed


@pytest.fixture(scope="module")
def told(county: County) -> County:
    """One deed published, one waiting."""
    open_the_year(county)
    county.now = at(3, 2)
    people = Branch(county).members(2)
    secretary, leader = county.client("branch", VILLAGE), county.client("county", "321323-bz")
    deed, _answer = proposed(secretary, people[0])
    proposed(secretary, people[1], title="另一件事迹")
    county.settle()
    leader.post(f"/role-models/{deed}/publish")
    county.settle()
    return county


@pytest.mark.parametrize(
    ("tier", "login", "role", "paths"),
    [
        ("branch", VILLAGE, "branch_secretary", ("/role-models", "/role-models/new")),
        ("township", "321323001-zz", "township_organiser", ("/role-models",)),
        ("county", "321323-bz", "county_leader", ("/role-models",)),
    ],
)
def test_the_library_is_accessible(told, open_page, look_at_both, tier, login, role, paths):
    app = told.app(tier)
    with rendered(app) as names, served(app) as address:
        page = signed_in(open_page, address, login, told.passwords[role], 1366)
        walk(page, address, by_path(tier, *paths), look_at_both)
    assert templates(f"services/{tier}/role_models") <= names
