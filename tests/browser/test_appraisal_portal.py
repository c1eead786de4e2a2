"""Ballots and the year-end appraisal in a real browser: accessible, no sideways scroll, at both widths."""

import pytest

from services.branch.ballots.boxes import Teller, open_box
from shared.kit.accounts import add_account, hash_password
from shared.kit.scope import EVERYTHING
from shared.kit.units import unit_by_code
from tests.branch.appraisal_hands import come_to
from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year
from tests.browser.portals import by_path, served, signed_in, walk
from tests.browser.walks import rendered, templates
from tests.county import County

PASSWORD = "ten-letters-at-least"
FIRST, SECOND = "春风又绿江南岸第一位监票人", "明月何时照我还第二位监票人"
ROOMS = ("services/branch/ballots",)


@pytest.fixture(scope="module")
def walked(county: County):
    """Eight members at the end of the year, the members' box open, the masses' still to be opened."""
    open_the_year(county)
    county.now = at(12, 28)
    branch = Branch(county)
    people = branch.members(8)
    with county.tiers.branch.database.transaction(EVERYTHING) as session:
        unit = unit_by_code(session, VILLAGE)
        for number, one in enumerate(people):
            posts = [("member", unit)]
            add_account(
                session, f"dy-{number}", "党员（合成）", hash_password(PASSWORD), posts, at(1, 3), one
            )
    tellers = [Teller(people[6], FIRST), Teller(people[7], SECOND)]
    box = branch.work(lambda s, who, unit, year: open_box(s, who, unit, year, "members", tellers, at(12, 28)))
    come_to(branch, "mass_review")
    with served(county.app("branch")) as address:
        yield address, people, box.id


def opened_by_hand(page, people):
    for number, said in (("1", FIRST), ("2", SECOND)):
        page.select_option(f"[name=teller_{number}]", str(people[5 + int(number)]))
        page.fill(f"[name=passphrase_{number}]", said)
        page.fill(f"[name=again_{number}]", said)
    page.get_by_role("button", name="开票箱").click()


def handed_out_by_another(county, open_page, address, box, look, width):
    """The second person confirms on the spot how many slips were handed out."""
    other = signed_in(open_page, address, f"{VILLAGE}-wy", county.passwords["branch_committee"], width)
    other.goto(box)
    look(other, "ballot-slips-waiting")
    other.fill("[name=handed]", "10")
    other.fill("[name=meeting]", "12 月 28 日村民代表会议，到会代表每人一个")
    other.get_by_role("button", name="确认发放").click()
    look(other, "ballot-slips-handed")


@pytest.mark.parametrize("width", [390, 1366])
def test_every_page_of_ballots_is_accessible(county, walked, open_page, look, width):
    address, people, box = walked
    with rendered(county.app("branch")) as names:
        page = signed_in(open_page, address, VILLAGE, county.passwords["branch_secretary"], width)
        walk(page, address, by_path("", "/ballots", f"/ballots/{box}", "/ballots/open/masses"), look)
        opened_by_hand(page, people)
        assert "群众测评" in page.inner_text("main")
        masses = page.url
        page.fill("[name=many]", "12")
        page.get_by_role("button", name="印测评码").click()
        look(page, "ballot-slips")
        codes = page.locator("strong.big").all_inner_texts()
        handed_out_by_another(county, open_page, address, masses, look, width)
        page.goto(f"{address}/ballots/{box}")
        page.get_by_text("录入纸质票").first.click()
        look(page, "ballot-paper")
        guest = open_page(f"{address}/vote", width=390)
        look(guest, "vote-code")
        guest.fill("[name=code]", codes[0])
        guest.get_by_role("button", name="打开测评表").click()
        look(guest, "vote-sheet")
        guest.get_by_label("满意", exact=True).first.check()
        guest.get_by_role("button", name="看一遍再投").click()
        look(guest, "vote-look")
        guest.get_by_role("button", name="确认投票").click()
        look(guest, "vote-done")
        # The box of the masses is given up unread, so that the other width begins as this one did.
        page.goto(masses)
        page.get_by_text("作废这个票箱").click()
        page.fill("[name=reason]", "换一个宽度再看一遍")
        page.get_by_role("button", name="作废", exact=True).click()
        page.get_by_text("作废等确认").first.wait_for()
        look(page, "ballot-void-asked")
        password = county.passwords["branch_committee"]
        second = signed_in(open_page, address, f"{VILLAGE}-wy", password, width)
        walk(second, address, by_path("second", "/ballots", masses.removeprefix(address)), look)
        second.get_by_role("button", name="同意作废").click()
        second.get_by_text("票箱已作废").wait_for()
        mine = signed_in(open_page, address, f"dy-{width % 7}", PASSWORD, 390)
        walk(mine, address, by_path("mine", "/ballots", f"/ballots/{box}/vote"), look)
        mine.get_by_label("优秀", exact=True).first.check()
        mine.get_by_role("button", name="看一遍再投").click()
        mine.get_by_role("button", name="回去改").click()
        assert mine.get_by_label("优秀", exact=True).first.is_checked()
        mine.get_by_role("button", name="看一遍再投").click()
        look(mine, "mine-ballot-look")
        mine.get_by_role("button", name="确认投票").click()
        assert "投好了" in mine.inner_text("main")
    assert templates(*ROOMS) <= names
