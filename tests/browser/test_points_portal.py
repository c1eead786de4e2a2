"""Points and commitments in a real browser: accessible, no sideways scroll, filed in three taps."""

from datetime import date
from uuid import uuid4

import pytest

from services.branch.points import deciding
from services.branch.points.deciding import Chosen
from shared.kit.accounts import add_account, hash_password
from shared.kit.scope import EVERYTHING
from shared.kit.units import unit_by_code
from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year
from tests.browser.portals import by_path, served, signed_in, walk
from tests.browser.walks import rendered, templates
from tests.browser.windows import at_each_width
from tests.county import County

PASSWORD = "ten-letters-at-least"
ROOMS = ("services/branch/points", "services/branch/own", "services/branch/commitments")
SLOGAN = {"what": "加强学习，发挥先锋模范作用", "span": "year", "confirmed": "yes"}


@pytest.fixture(scope="module")
def addresses(county: County):
    """The branch portal before the year is opened is another walk; here a month is filed and half decided."""
    open_the_year(county)
    county.now = at(2, 20)
    branch = Branch(county)
    people = branch.members(12)
    branch.approve(*branch.claims(people, now=at(1, 11)), now=at(1, 12))
    branch.claim(people[0], item="task", now=at(1, 13), what="完成支部交办的人居环境登记任务")
    deduction = branch.claim(people[0], item="missed_meeting", now=at(2, 19), what="一月党日未到未请假")
    with county.tiers.branch.database.transaction(EVERYTHING) as session:
        unit = unit_by_code(session, VILLAGE)
        posts = [("member", unit)]
        add_account(session, "dangyuan", "党员（合成）", hash_password(PASSWORD), posts, at(1, 3), people[0])
    client = county.app("branch").test_client()
    client.post("/login", data={"login": "dangyuan", "password": PASSWORD})
    back = branch.claim(people[0], day=date(2026, 1, 18), now=at(1, 20), what="走访联系户")
    returned = [Chosen(back, 1)]
    branch.work(
        lambda s, who, unit, _y: deciding.give_back(s, who, unit, returned, "请写清是哪几户", at(2, 12)),
        "branch_committee",
    )
    commitment = str(uuid4())
    client.post("/commitments/own/new", data={"id": commitment, **SLOGAN})
    with served(county.app("branch")) as found:
        yield found, people[0], deduction, commitment, back


def test_every_page_of_points_and_commitments_is_accessible(county, addresses, open_page, look, look_at_both):
    address, person, deduction, commitment, back = addresses
    with rendered(county.app("branch")) as names:
        page = signed_in(open_page, address, VILLAGE, county.passwords["branch_secretary"], 1366)
        ours = ("/points", "/points?state=approved", "/points/new", "/points/months", "/points/months/1")
        tasks = (f"/commitments/sheets/{person}", f"/commitments/{commitment}", "/commitments/new")
        walk(page, address, by_path("points", *ours, "/commitments", *tasks), look_at_both)
        # What the secretary filed for others another returns or approves.
        page = signed_in(open_page, address, f"{VILLAGE}-wy", county.passwords["branch_committee"], 1366)
        for _width in at_each_width(page):
            page.goto(f"{address}/points")
            page.locator("input.pick").first.check()
            page.get_by_role("button", name="退回").click()
            look(page, "points-reason")
        page = signed_in(open_page, address, "dangyuan", PASSWORD, 390)
        mine = ("/my", "/my/new", "/my/file?item=household", "/my/claims", "/my/points")
        more = (f"/my/claims/{deduction}/reply", "/commitments/own", "/commitments/own/new")
        again = {"points-my-returned": f"/my/file?item=household&again={back}"}
        walk(page, address, by_path("points", *mine, *more) | again, look)
        page.goto(f"{address}/my")
        page.get_by_role("link", name="报一件事").click()
        page.get_by_role("link", name="参加村庄清洁、河道整治").click()
        page.get_by_role("button", name="提交").click()
        assert "报上去了" in page.inner_text("main")
        look(page, "points-done")
    # Before the county opens a year: tests/branch/test_points_pages.py.
    assert templates(*ROOMS) - names == {"branch/no_year.html"}
