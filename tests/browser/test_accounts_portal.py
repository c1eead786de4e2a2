"""Signing in with two things in a real browser: set up, asked for, recovered, and one's own account."""

import pytest
from playwright.sync_api import Page, expect

from deploy.demo.tiers import within
from shared.kit.accounts import Account
from tests.accounts.hands import code_at, demanding, password_of
from tests.browser.portals import HAN, press, served, told
from tests.browser.preview import ROOT
from tests.browser.walks import rendered
from tests.county import County

KIT = {f"signin/{path.name}" for path in (ROOT / "shared/kit/templates/signin").glob("*.html")}


def to_the_code(county: County, page: Page, address: str, login: str) -> None:
    """Login and password."""
    page.goto(f"{address}/login")
    page.fill("[name=login]", login)
    page.fill("[name=password]", password_of(county, "county", login))
    page.click("main button.main")


def out(page: Page) -> None:
    """Sign out."""
    page.click("details.me summary")
    page.click("form[action='/logout'] button")


@pytest.mark.parametrize(("login", "language"), [("321323-bz", "zh"), ("321323-zr", "en")])
def test_a_second_factor_is_set_up_asked_for_and_recovered(
    county: County, open_page, look, look_at_both, login: str, language: str
) -> None:
    app = county.app("county")
    seen = look if language == "en" else look_at_both

    def looked(page: Page, name: str) -> None:
        seen(page, f"accounts-{name}-{login[-2:]}-{language}")
        if language == "en" and name in ("enrol", "enrol-refused", "code", "code-used"):
            assert page.evaluate(HAN) == []  # later pages name the person and the county

    with served(app) as address, demanding(county, "county"), rendered(app) as names:
        page = open_page(f"{address}/login", width=390)
        if language == "en":
            page.click("summary")
            page.get_by_role("button", name="English").click()
        to_the_code(county, page, address, login)
        page.click("details.fold summary")
        secret = page.locator(".numbered .ref").inner_text().replace(" ", "")
        looked(page, "enrol")
        page.fill("[name=code]", "000 000")
        page.click("main button.main")
        looked(page, "enrol-refused")
        county.later(seconds=30)
        page.fill("[name=code]", code_at(secret, county.now))
        page.click("main button.main")
        codes = page.locator(".codes .ref").all_inner_texts()
        assert len(codes) == 10
        looked(page, "codes")
        page.click("main a.main")
        page.wait_for_url(f"{address}/")
        out(page)

        county.later(seconds=30)
        to_the_code(county, page, address, login)
        looked(page, "code")
        page.fill("[name=code]", code_at(secret, county.now))
        page.click("main button.main")
        page.wait_for_url(f"{address}/")
        out(page)
        to_the_code(county, page, address, login)
        page.fill("[name=code]", code_at(secret, county.now))
        page.click("main button.main")
        looked(page, "code-used")
        page.fill("[name=code]", codes[0])
        page.click("main button.main")
        page.wait_for_url(f"{address}/")
        page.goto(f"{address}/account")
        looked(page, "own")
        page.click("text=" + ("换手机，重新设置" if language == "zh" else "Another phone: set it up anew"))
        page.locator("[name=begin_password]").fill("wrong")
        page.locator("form[action='/account/factor'] button").click()
        looked(page, "own-refused")
    assert names >= KIT - {"signin/password.html"}
    assert "account.html" in names


def test_why_one_was_signed_out_is_said_and_one_comes_back_to_where_one_was(
    county: County, open_page, look_at_both
) -> None:
    login = "321323-zzk"
    app = county.app("county")
    with served(app) as address:
        page = open_page(f"{address}/login", width=390)
        to_the_code(county, page, address, login)
        page.wait_for_url(f"{address}/")
        county.later(hours=3)
        page.goto(f"{address}/contests?x=1")
        told(page, "有一段时间没有操作")
        told(page, "只供演示")
        look_at_both(page, "accounts-signed-out")
        page.fill("[name=login]", login)
        page.fill("[name=password]", password_of(county, "county", login))
        page.click("main button.main")
        page.wait_for_url(f"{address}/contests?x=1")


def test_a_password_that_somebody_gave_is_exchanged_before_anything_else(
    county: County, open_page, look_at_both
) -> None:
    login = "321323-zzk"
    with within(county.tiers.county) as session:
        session.query(Account).filter_by(login=login).one().must_renew = True
    app = county.app("county")
    with served(app) as address, rendered(app) as names:
        page = open_page(f"{address}/login", width=390)
        to_the_code(county, page, address, login)
        look_at_both(page, "accounts-password")
        page.get_by_label("新密码").fill("my own password")
        page.get_by_label("再填一遍").fill("another password")
        press(page, "设好并登录")
        look_at_both(page, "accounts-password-refused")
        page.get_by_label("新密码").fill("my own password")
        page.get_by_label("再填一遍").fill("my own password")
        press(page, "设好并登录")
        page.wait_for_url(f"{address}/")
        expect(page.locator("main")).to_be_visible()
    assert "signin/password.html" in names
