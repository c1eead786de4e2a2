"""The role-model library in a real browser, at all three tiers."""

import pytest

from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year
from tests.browser.portals import served
from tests.browser.walks import rendered, templates
from tests.county import County
from tests.journeys.test_role_models import proposed

OVER = "() => document.documentElement.scrollWidth - innerWidth"


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
def test_the_library_is_accessible(told, open_page, axe_clean, screenshot, tier, login, role, paths):
    app = told.app(tier)
    with rendered(app) as names, served(app) as address:
        for width in (390, 1366):
            page = open_page(f"{address}/login", width=width)
            page.fill("[name=login]", login)
            page.fill("[name=password]", told.passwords[role])
            page.click("main button.main")
            for path in paths:
                assert page.goto(f"{address}{path}").status == 200
                screenshot(page, f"{tier}{path.replace('/', '-')}")
                axe_clean(page)
                assert page.evaluate(OVER) <= 0, path
    assert templates(f"services/{tier}/role_models") <= names
