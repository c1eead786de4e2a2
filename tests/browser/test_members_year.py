"""One member's year in a real browser, through three portals: from a commitment to the next year's base.

What she, her secretary, the township and the county do is clicked; what others do meanwhile is done
by hand (tests/branch/appraisal_hands.py). County, township and secretary sit at 1366 px, she holds a phone.
"""

from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from services.county.years.working import close_years
from tests.branch.appraisal_hands import PASSWORD, Appraised, signed_in
from tests.branch.points_hands import VILLAGE, YEAR, Township, at, months_go_up
from tests.browser.portals import Hands, go, live, press, told

PHONE = 390
HER = 2  # of four members, by place
PROMISE = "每月上门看望本组独居老人"


@pytest.fixture(scope="module")
def year(county):
    made = Appraised(county, many=4)
    made.other = signed_in(county, made.people[1], "committee-2", "branch_committee")
    return made


class Followed:
    """People at their screens while the portals are served."""

    def __init__(self, year, addresses, open_page, look):
        self.year, self.hands = year, Hands(year.county, addresses, open_page, look)
        self.pages = []

    def her(self):
        page = self.hands.open_page(f"{self.hands.addresses['branch']}/login", width=PHONE)
        return self._as(page, f"m-{HER}")

    def committee(self):
        page = self.hands.open_page(f"{self.hands.addresses['branch']}/login")
        return self._as(page, "committee")

    def _as(self, page, login):
        page.fill("[name=login]", login)
        page.fill("[name=password]", PASSWORD)
        page.click("main button.main")
        self.pages.append(page)
        return page

    def secretary(self):
        return self.hands.sign_in("branch", VILLAGE)

    def township(self, suffix):
        return self.hands.sign_in("township", f"321323001-{suffix}")

    def county(self, suffix):
        return self.hands.sign_in("county", f"321323-{suffix}")

    def settle(self):
        self.year.county.settle()


@pytest.fixture
def at_screens(year, open_page, axe_clean, screenshot):
    """`with at_screens(moment) as people:` – the portals served at a moment of the year."""

    def look(page, name):
        screenshot(page, f"member-year-{name}")
        axe_clean(page)

    @contextmanager
    def at_moment(moment):
        year.county.now = moment
        expect.set_options(timeout=20_000)
        with live(year.county) as addresses:
            people = Followed(year, addresses, open_page, look)
            yield people
            # Nothing may still be loading when the portals go.
            for page in (*people.pages, *people.hands.windows.values()):
                page.goto("about:blank")
        expect.set_options(timeout=5_000)

    return at_moment


def pick_all(page):
    for box in page.locator("input.pick").all():
        box.check()


def test_she_commits_and_keeps_it(at_screens):
    with at_screens(at(1, 20)) as people:
        her = people.her()
        go(her, "我的承诺")
        her.get_by_role("link", name="提一条承诺").click()
        her.get_by_label("做什么").fill(PROMISE)
        her.get_by_label("为谁做").fill("本组 4 户独居老人")
        her.get_by_label("做多少").fill("48")
        her.get_by_label("单位").fill("户次")
        her.get_by_label("什么时候做完").fill("2026-12-20")
        press(her, "提交")
        told(her, PROMISE)

        secretary = people.secretary()
        go(secretary, "承诺")
        pick_all(secretary)
        press(secretary, "审定并公布")
        told(secretary, "已公布")

        her = people.her()
        go(her, "我的承诺")
        her.get_by_role("link", name="记进展").click()
        her.get_by_label("做了什么").fill("上门看望李奶奶等四户独居老人")
        her.get_by_label("证明人").fill("第一组组长（合成）")
        press(her, "记下")
        told(her, "上门看望李奶奶等四户独居老人")
        people.hands.look(her, "kept")

        secretary = people.secretary()
        go(secretary, "积分")
        told(secretary, "上门看望李奶奶等四户独居老人")
        pick_all(secretary)
        press(secretary, "通过")
        told(secretary, "已通过")


def test_her_month_is_counted_again_at_the_township(year, at_screens):
    january = year.branch.close(1)
    with at_screens(at(2, 2)) as people:
        organiser = people.township("zz")
        go(organiser, "积分月报")
        pick_all(organiser)
        press(organiser, "受理")
        secretary = people.township("sj")
        go(secretary, "积分月报")
        pick_all(secretary)
        press(secretary, "批准并报县里")
        people.settle()
        her = people.her()
        told(her, "1 月")
    assert Township(year.county).received(january) is not None
    months_go_up(year.county, year.branch, range(2, 13))


def test_she_reports_is_appraised_and_signs(year, at_screens):
    year.on(at(1, 11, YEAR + 1))
    assert year.close("december_statement") is None
    with at_screens(at(1, 11, YEAR + 1)) as people:
        her = people.her()
        go(her, "我的评议")
        her.get_by_label("我的述职").fill("看望独居老人四户次，学习和党日都参加了，手机不太会用，要学。")
        press(her, "提交述职")
        told(her, "述职已提交")
    for number, one in enumerate(year.mine):
        if number != HER:
            one.post("/appraisal/own/report", data={"text": f"一年来履行承诺情况，第 {number + 1} 份"})
    assert year.close("self_report") is None
    year.checked_and_voted()
    year.up_to_filing()
    with at_screens(at(1, 25, YEAR + 1)) as people:
        for suffix, label in (("zz", "受理"), ("sj", "审定")):
            page = people.township(suffix)
            go(page, "年终评议")
            page.get_by_role("link", name="甲201村").click()
            press(page, label)
        people.settle()
    assert year.close("township_confirmation") is None
    with at_screens(at(1, 25, YEAR + 1)) as people:
        her = people.her()
        go(her, "我的评议")
        told(her, "优秀")
        press(her, "看过了，签收")
        told(her, "已反馈签收")
        people.hands.look(her, "graded")
    for number, one in enumerate(year.mine):
        if number != HER:
            one.post("/appraisal/own/sign")
    assert year.close("feedback") is None


def test_what_follows_is_decided_by_one_and_confirmed_by_another_at_two_tiers(year, at_screens):
    with at_screens(at(1, 25, YEAR + 1)) as people:
        secretary = people.secretary()
        go(secretary, "结果运用")
        press(secretary, "生成建议")
        pick_all(secretary)
        press(secretary, "予以运用")
        told(secretary, "已办理")
        second = people.committee()
        go(second, "结果运用")
        second.get_by_role("link", name="待第二人确认").click()
        pick_all(second)
        press(second, "确认")
        told(second, "已办理")
        people.settle()

        organiser = people.county("zzk")
        go(organiser, "结果运用")
        press(organiser, "生成建议")
        pick_all(organiser)
        press(organiser, "予以运用")
        leader = people.county("bz")
        go(leader, "结果运用")
        leader.get_by_role("link", name="待第二人确认").click()
        pick_all(leader)
        press(leader, "确认")
        told(leader, "已办理")
        people.settle()

        her = people.her()
        go(her, "结果运用")
        told(her, "物质奖励")
        told(her, "已生效")
        her.get_by_role("link", name="物质奖励").click()
        press(her, "我已看过，签收")
        told(her, "本人签收")
        people.hands.look(her, "rewarded")
    assert year.close("outcomes") is None


def test_her_points_become_next_years_base_and_the_county_closes_the_year(year, at_screens):
    with at_screens(at(2, 15, YEAR + 1)) as people:
        secretary = people.secretary()
        go(secretary, "年终评议")
        secretary.get_by_role("link", name="去结转").click()
        press(secretary, "结转")
        told(secretary, "已结转")
        go(secretary, "年终评议")
        press(secretary, "办结这一步")
        people.settle()

        organiser = people.county("zzk")
        go(organiser, "积分年度")
        organiser.get_by_role("link", name=f"{YEAR}").first.click()
        organiser.get_by_role("link", name="关闭年度").click()
        organiser.get_by_label(f"请输入“{YEAR}”以确认").fill(str(YEAR))
        people.hands.look(organiser, "closing")
        press(organiser, "关闭年度")
        while close_years(year.county.tiers.county):
            pass
        expect(organiser.locator("main")).to_contain_text("本年度已关闭")
        people.settle()

        her = people.her()
        go(her, "我的评议")
        told(her, "30%")
        people.hands.look(her, "next-base")
