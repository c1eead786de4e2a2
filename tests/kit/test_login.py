"""Signing in: lockout, fixation, CSRF, languages, and sessions that outlive Redis."""

import subprocess
import sys

from redis import Redis

from shared.kit.accounts import LOCKED_FOR
from tests.county import County

CODE, OTHER, LOGIN = "321323001201", "321323001202", "/login"


def attempt(county: County, client, login: str, password: str):
    return client.post(LOGIN, data={"login": login, "password": password})


def test_the_sixth_wrong_try_is_locked_out_also_after_a_redis_flush_and_others_are_not(
    county: County,
) -> None:
    client = county.app("branch").test_client()
    for _ in range(5):
        assert attempt(county, client, CODE, "wrong").status_code == 422
    Redis.from_url(county.servers.redis_url("branch")).flushall()
    right = county.passwords["branch_secretary"]
    assert attempt(county, client, CODE, right).status_code == 429
    assert attempt(county, county.app("branch").test_client(), OTHER, right).status_code == 302
    county.later(seconds=LOCKED_FOR.total_seconds() + 1)
    assert attempt(county, client, CODE, right).status_code == 302


def test_an_unknown_login_is_locked_out_the_same_way(county: County) -> None:
    client = county.app("branch").test_client()
    answers = [attempt(county, client, "nobody", "wrong").status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]


def test_a_session_id_known_before_signing_in_is_worth_nothing_after(county: County) -> None:
    client = county.app("branch").test_client()
    client.post("/language", data={"language": "en", "next": "/login"})
    before = client.get_cookie("sanji_branch")
    assert before is not None
    attempt(county, client, OTHER, county.passwords["branch_secretary"])
    after = client.get_cookie("sanji_branch")
    assert after is not None
    assert after.value != before.value
    thief = county.app("branch").test_client()
    thief.set_cookie("sanji_branch", before.value)
    assert thief.get("/").status_code == 302


def test_signing_out_ends_the_session_on_the_server(county: County) -> None:
    client = county.client("branch", OTHER)
    cookie = client.get_cookie("sanji_branch")
    assert client.get("/").status_code == 200
    client.post("/logout")
    client.set_cookie("sanji_branch", cookie.value)
    assert client.get("/").status_code == 302


def test_a_session_idle_for_two_hours_is_over(county: County) -> None:
    client = county.client("branch", OTHER)
    county.later(hours=2, minutes=1)
    assert client.get("/").status_code == 302


def test_the_way_back_after_signing_in_stays_inside(county: County) -> None:
    client = county.app("branch").test_client()
    data = {"login": OTHER, "password": county.passwords["branch_secretary"]}
    for target in ("https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example/"):
        answer = client.post(LOGIN, data={**data, "next": target})
        assert answer.headers["Location"] == "/"


def test_an_unsafe_request_without_its_token_is_refused(county: County) -> None:
    app = county.app("branch")
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = app.test_client().post(LOGIN, data={"login": OTHER, "password": "x"})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 400


def test_pages_carry_a_policy_without_inline_script(county: County) -> None:
    policy = county.app("branch").test_client().get(LOGIN).headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_the_login_page_speaks_both_languages(county: County) -> None:
    client = county.app("branch").test_client()
    assert "登录" in client.get(LOGIN).get_data(as_text=True)
    client.post("/language", data={"language": "en", "next": "/login"})
    page = client.get(LOGIN).get_data(as_text=True)
    assert 'lang="en"' in page
    assert "Sign in" in page


def test_outside_the_tests_a_password_costs_what_an_attacker_should_pay() -> None:
    # A process of its own: in this one passwords cost as little as they can (tests/conftest.py).
    make = "from shared.kit.accounts import hash_password; print(hash_password('a long password'))"
    made = subprocess.run([sys.executable, "-c", make], capture_output=True, text=True, check=True)
    assert made.stdout.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
