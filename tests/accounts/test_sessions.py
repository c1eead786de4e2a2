"""Logins end by themselves, when the account changes, and from another device; the person is told why."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from deploy.demo.tiers import within
from shared.kit.accounts import Account, Role, add_post, hash_password, remove_post
from shared.kit.sessions import LoginSession, clear_sessions
from shared.kit.timeouts import Timeouts, timeouts_told
from shared.kit.units import Unit
from tests.county import County

LEADER, AUDITOR, VILLAGE = "321323-bz", "321323-sj", "321323001202"
PHONE = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/120.0 Mobile MicroMessenger/8.0"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Edg/126"


def said(client, path: str = "/") -> str:
    """Where a page that needs a login leads to now, in words."""
    answer = client.get(path, follow_redirects=True)
    return answer.get_data(as_text=True)


@pytest.fixture
def strict(county: County):
    """Half an hour for auditors, an hour for others, three altogether."""
    hour = timedelta(hours=1)
    interface = county.app("county").session_interface
    before = interface.timeouts
    interface.timeouts = Timeouts(idle=hour, whole=3 * hour, idle_of={"auditor": hour / 2})
    yield
    interface.timeouts = before


def test_who_does_nothing_is_signed_out_after_the_time_of_their_role(county: County, strict) -> None:
    leader, auditor = county.client("county", LEADER), county.client("county", AUDITOR)
    county.later(minutes=40)
    assert leader.get("/").status_code == 200
    assert "有一段时间没有操作" in said(auditor, "/log?action=login")
    again = auditor.get("/log?action=login")
    assert again.headers["Location"] == "/login?next=/log?action%3Dlogin"


def test_a_login_ends_altogether_however_busy_one_is(county: County, strict) -> None:
    leader = county.client("county", LEADER)
    for _ in range(3):
        county.later(minutes=55)
        assert leader.get("/").status_code == 200
    county.later(minutes=20)
    assert "这次登录的时间已满" in said(leader)


def test_a_page_that_needs_no_login_does_not_wake_an_idle_one(county: County, strict) -> None:
    leader = county.client("county", LEADER)
    county.later(minutes=61)
    leader.post("/language", data={"language": "en"})
    assert "You have been signed out" in said(leader)


def test_after_signing_in_again_one_is_where_one_was(county: County, strict) -> None:
    leader = county.client("county", LEADER)
    county.later(minutes=61)
    page = leader.get("/contests?x=1", follow_redirects=True).get_data(as_text=True)
    assert 'name="next" value="/contests?x=1"' in page
    assert "有一段时间没有操作" in page
    data = {"login": LEADER, "password": county.passwords["county_leader"], "next": "/contests?x=1"}
    assert leader.post("/login", data=data).headers["Location"] == "/contests?x=1"
    assert "没有操作" not in leader.get("/").get_data(as_text=True)


def test_what_was_written_into_a_form_is_shown_with_the_reason(county: County, strict) -> None:
    leader = county.client("county", LEADER)
    county.later(minutes=61)
    answer = leader.post(
        "/account/devices/end-others", data={"reason": "连续两晚值守河堤", "password": "secret"}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "连续两晚值守河堤" in page
    assert "有一段时间没有操作" in page
    assert "secret" not in page


def test_a_part_of_a_page_is_not_exchanged_for_the_sign_in_form(county: County, strict) -> None:
    leader = county.client("county", LEADER)
    county.later(minutes=61)
    assert leader.get("/", headers={"HX-Request": "true"}).status_code == 401


def changes(county: County):
    """Ways an account can change, each as somebody else would do it."""

    def account(session):
        return session.scalars(select(Account).where(Account.login == LEADER)).one()

    def unit(session):
        return session.scalars(select(Unit).where(Unit.level == "county")).one()

    def grant(session):
        add_post(session, account(session), "county_director", unit(session))

    def revoke(session):
        remove_post(session, account(session), "county_director", unit(session))

    def password(session):
        account(session).password_hash = hash_password(county.passwords["county_leader"])

    def factor(session):
        account(session).factor_since = county.now

    def disable(session):
        account(session).disabled = True

    def mend(session):
        account(session).disabled, account(session).factor_since = False, None

    return [grant, revoke, password, factor, disable], mend


def test_a_change_of_the_account_ends_all_its_logins_at_their_next_request(county: County) -> None:
    ways, mend = changes(county)
    for change in ways:
        clients = [county.client("county", LEADER) for _ in range(2)]
        other = county.client("county", AUDITOR)
        with within(county.tiers.county) as session:
            change(session)
        for client in clients:
            assert "账号、岗位、密码或者动态口令有变动" in said(client), change
        assert other.get("/").status_code == 200
        with within(county.tiers.county) as session:
            mend(session)
        assert clients[0].get("/").status_code == 302, "an ended login is not brought back"


def test_a_role_that_may_do_more_after_an_upgrade_signs_nobody_out(county: County) -> None:
    leader = county.client("county", LEADER)
    with within(county.tiers.county) as session:
        role = session.get_one(Role, "county_leader")
        role.permissions = [*role.permissions, "appeal.confirm"]
    assert leader.get("/").status_code == 200


def test_ones_own_devices_are_listed_coarsely_and_ended_one_by_one(county: County) -> None:
    phone, desk, third = (county.app("branch").test_client() for _ in range(3))
    data = {"login": VILLAGE, "password": county.passwords["branch_secretary"]}
    for client, agent, address in (
        (phone, PHONE, "10.20.30.40"),
        (desk, DESK, "2001:db8:1:2::3"),
        (third, "", ""),
    ):
        client.post(
            "/login", data=data, headers={"User-Agent": agent}, environ_overrides={"REMOTE_ADDR": address}
        )
    page = desk.get("/account").get_data(as_text=True)
    for words in (
        "微信 · Android",
        "10.20.30.*",
        "Edge · Windows",
        "2001:0db8:0001:*",
        "其他浏览器",
        "就是这台设备",
    ):
        assert words in page
    assert "10.20.30.40" not in page
    with within(county.tiers.branch) as session:
        rows = session.scalars(select(LoginSession).where(LoginSession.account_id.is_not(None))).all()
        handle = next(row.id.hex() for row in rows if "微信" in row.data.get("agent", ""))
        mine = next(row.id.hex() for row in rows if "Edge" in row.data.get("agent", ""))
    stranger = county.client("branch", "321323001203")
    for client, which in ((stranger, handle), (desk, mine), (desk, "00"), (desk, "no-key")):
        assert client.post(f"/account/devices/{which}/end").status_code == 404
    assert desk.post(f"/account/devices/{handle}/end").status_code == 303
    assert "从您的另一台设备上退出" in said(phone)
    assert third.get("/").status_code == 200
    desk.post("/account/devices/end-others")
    assert [one.get("/").status_code for one in (desk, third, stranger)] == [200, 302, 200]


def test_a_login_ended_from_elsewhere_is_not_brought_back_by_a_request_under_way(county: County) -> None:
    app = county.app("branch")
    slow, other = county.client("branch", VILLAGE), county.client("branch", VILLAGE)
    county.later(minutes=2)
    with app.test_request_context(
        headers={"Cookie": f"sanji_branch={slow.get_cookie('sanji_branch').value}"}
    ) as under_way:
        assert "_user_id" in under_way.session
        other.post("/account/devices/end-others")
        under_way.session["language"] = "en"
        app.session_interface.save_session(app, under_way.session, app.response_class())
    assert slow.get("/").status_code == 302


def test_rows_of_logins_that_are_over_are_cleared_away(county: County) -> None:
    client = county.client("branch", VILLAGE)
    with within(county.tiers.branch) as session:
        before = session.scalar(text("SELECT count(*) FROM login_session"))
        clear_sessions(session, county.now)
        assert session.scalar(text("SELECT count(*) FROM login_session")) == before
        clear_sessions(session, county.now + timedelta(days=8))
        assert session.scalar(text("SELECT count(*) FROM login_session")) == 0
    assert client.get("/").status_code == 302


def test_times_are_set_by_tier_and_role_and_the_strictest_role_counts() -> None:
    usual = timeouts_told("county", "", "")
    assert usual.of(["county_leader"]) == (timedelta(minutes=60), timedelta(hours=12))
    assert usual.of(["auditor"])[0] == timedelta(minutes=30)
    told = timeouts_told("township", "45, branch=90 township_secretary=10", "8")
    assert told.of(["township_organiser"]) == (timedelta(minutes=45), timedelta(hours=8))
    assert told.of(["township_organiser", "township_secretary"])[0] == timedelta(minutes=10)
    assert timeouts_told("branch", "45, branch=90", "").of([])[0] == timedelta(minutes=90)
    for idle, whole in (("soon", ""), ("0", ""), ("", "200"), ("a=b", "")):
        with pytest.raises(ValueError):
            timeouts_told("county", idle, whole)
