"""Signing in with two things in a real browser: set up, asked for, recovered, and one's own account."""

import pytest
from playwright.sync_api import Page, expect

from deploy.demo.tiers import within
from shared.kit.accounts import Account
from tests.accounts.hands import SECURITY, SYSTEM, code_at, demanding, password_of
from tests.browser.portals import HAN, go, press, served, signed_in, told
from tests.browser.preview import ROOT
from tests.browser.walks import rendered, templates
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


def test_administrators_keep_accounts_between_them(county: County, open_page, look_at_both) -> None:
    app = county.app("county")
    with served(app) as address, rendered(app) as names:
        system, security = (
            signed_in(open_page, address, login, password_of(county, "county", login), 1366)
            for login in (SYSTEM, SECURITY)
        )
        go(system, "账号")
        system.fill("[name=login]", "zhang.san")
        system.fill("[name=name]", "合成人员")
        press(system, "建立账号")
        look_at_both(system, "accounts-given")
        system.click("main a.main")
        look_at_both(system, "accounts-one-system")
        go(security, "账号")
        security.get_by_role("link", name="zhang.san").click()
        security.get_by_label("岗位", exact=True).select_option(label="安全管理员")
        press(security, "给予岗位")
        look_at_both(security, "accounts-no-reason")
        security.get_by_label("依据或理由").last.fill("县委组织部通知")
        press(security, "给予岗位")
        told(security, "等第二位管理员确认")
        look_at_both(security, "accounts-one-asked")
        system.goto(f"{address}/registry/accounts")
        look_at_both(system, "accounts-list-waiting")
        system.get_by_role("button", name="确认").click()
        told(system, "已确认并办好")
        security.reload()
        security.click("text=重设密码")
        look_at_both(security, "accounts-one-administrator")
    assert templates("services/county/accounts") <= names


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
