"""Organisations classed, in a real browser: every page at two widths, when it has something to say."""

import pytest

from tests.branch.classing_hands import FAIR, NEXT, POOR_VOTES, STRONG, WEAK, Hands
from tests.branch.test_classing import request_of
from tests.browser.portals import served
from tests.browser.test_organisations_portal import ENTERING
from tests.browser.walks import rendered, templates
from tests.browser.windows import at_each_width
from tests.township.conftest import ORGANISER, SECRETARY, TOWN

OVER = "() => document.documentElement.scrollWidth - innerWidth"
LOGINS = {
    "branch_secretary": ("branch", f"{TOWN}203"),
    "township_organiser": ("township", ORGANISER),
    "township_secretary": ("township", SECRETARY),
    "county_organiser": ("county", "321323-zzk"),
    "county_leader": ("county", "321323-bz"),
    "county_reviewer": ("county", "321323-fc"),
    "county_director": ("county", "321323-zr"),
}


class Looks:
    """Opens pages as somebody, at both widths; keeps which templates were shown."""

    def __init__(self, hands, open_page, axe_clean, screenshot):
        self.hands, self.open_page = hands, open_page
        self.axe_clean, self.screenshot = axe_clean, screenshot
        self.shown = set()

    def at(self, role, *paths, stage=""):
        tier, login = LOGINS[role]
        county = self.hands.county
        with rendered(county.app(tier)) as names, served(county.app(tier)) as address:
            page = self.open_page(f"{address}/login", height=1700)
            page.fill("[name=login]", login)
            page.fill("[name=password]", county.passwords[role])
            page.click("main button.main")
            for path in paths:
                assert page.goto(f"{address}{path}").status == 200, path
                for details in page.locator("main details").all():
                    details.evaluate("one => { one.open = true }")
                name = path.strip("/").split("?")[0].replace("/", "-")[:32]
                for width in at_each_width(page):
                    self.screenshot(page, f"classing-{stage}-{role.split('_')[0]}-{name}-{width}")
                    self.axe_clean(page)
                    assert page.evaluate(OVER) <= 0, (path, width)
        self.shown |= names


@pytest.fixture(scope="module")
def hands(county):
    made = Hands(county)
    made.did(1, STRONG)
    made.did(2, FAIR)
    made.did(3, WEAK)
    return made.on(12, 20, NEXT - 1)


@pytest.fixture(scope="module")
def shown():
    """The templates seen by all tests of this module."""
    return set()


@pytest.fixture
def looks(hands, shown, open_page, axe_clean, screenshot):
    made = Looks(hands, open_page, axe_clean, screenshot)
    yield made
    shown |= made.shown


def test_before_anything_is_filed(looks):
    looks.at("branch_secretary", "/organisation/year-end", "/organisation/year-end/report", stage="1")
    looks.at("county_organiser", "/classes", "/classes/classings", "/classes/reviews", stage="1")


def test_the_township_checks_and_proposes(hands, looks):
    hands.report(1)
    hands.report(2)
    hands.report(3, POOR_VOTES)
    hands.on(1, 20)
    hands.check(1, 2)
    looks.at("township_organiser", "/classing", f"/classing/{hands.units[3]}", "/organisations", stage="2")
    hands.check(3, finding="partly_untrue", opinion="poor", problems="三会一课没有开齐\n党务公开不及时")
    hands.post(hands.organiser, "/classing/propose")
    looks.at("township_secretary", "/classing", stage="3")
    hands.post(hands.secretary, "/classing/confirm", **hands.seen())
    looks.at("branch_secretary", "/organisation/year-end", stage="4")


def test_the_county_approves(hands, looks):
    one = hands.filed().split(":")[0]
    looks.at("county_organiser", "/classes/classings", f"/classes/classings/{one}", stage="4")
    hands.post(hands.desk, "/classes/classings/accept", selected=[hands.filed()])
    hands.on(2, 1)
    looks.at("county_leader", "/classes/classings", f"/classes/classings/{one}", stage="5")
    hands.post(hands.leader, "/classes/classings/approve", selected=[hands.filed()])


def test_the_branch_sees_why_puts_right_and_asks(hands, looks):
    hands.post(hands.branch[3], "/organisation/year-end/rectification", text="三会一课已补齐制度，按月公开")
    hands.post(hands.branch[3], "/organisation/year-end/review", text="两张测评票记错了，附计票单")
    looks.at("branch_secretary", "/organisation/year-end", stage="6")
    looks.at("township_organiser", "/classing", f"/classing/{hands.units[3]}", stage="6")


def test_the_county_reviews(hands, looks):
    asked = request_of(hands)
    looks.at("county_reviewer", "/classes/reviews", f"/classes/reviews/{asked}", stage="6")
    given = {
        "version": 0,
        "upheld": "yes",
        "grade": "fair",
        "points": "1.5",
        "reason": "两张票记错，改定一般",
    }
    hands.post(hands.reviewer, f"/classes/reviews/{asked}/decide", **given)
    looks.at("county_director", f"/classes/reviews/{asked}", stage="7")
    hands.post(hands.director, f"/classes/reviews/{asked}/confirm", version=1, reason="")
    unit = hands.units[3]
    looks.at("county_leader", "/classes", "/classes?grade=good", f"/classes/units/{unit}", stage="8")


def test_committees_and_that_no_page_was_left_out(hands, looks, shown):
    own = ("/organisation", "/organisation/promises", "/organisation/year-end")
    looks.at("township_organiser", *own, stage="8")
    town = hands.county.unit("county", TOWN).id
    looks.at("county_organiser", "/organisations", "/classing", f"/classing/{town}", stage="8")
    assert templates("shared/organisations") - ENTERING <= shown | looks.shown
