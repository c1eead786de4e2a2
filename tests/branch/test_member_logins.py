"""A member's first sign-in: a one-time code from the secretary, a password of their own, once and in time."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.roster.models import LoginCode
from shared.kit.accounts import Account, WrongTry
from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year

PASSWORD = "a-sentence-of-my-own"


@pytest.fixture(scope="module")
def people(county):
    open_the_year(county)
    county.now = at(3, 12)
    return Branch(county).members(6)


@pytest.fixture(scope="module")
def secretary(county, people):
    return county.client("branch", VILLAGE)


def text(answer):
    return answer.get_data(as_text=True)


def said(answer):
    """The page without its form's token, which differs each time."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", text(answer))


def code_for(secretary, member):
    page = text(secretary.post(f"/roster/{member}/code"))
    return re.search(r">([0-9A-Z]{4}-[0-9A-Z]{4})</strong>", page)[1]


def join(county, number, code, unit=VILLAGE, password=PASSWORD):
    client = county.app("branch").test_client()
    form = {"unit": unit, "number": number, "code": code, "password": password}
    return client, client.post("/join", data=form)


def test_a_member_sets_a_password_and_is_signed_in_as_nobody_but_themselves(county, secretary, people):
    code = code_for(secretary, people[0])
    with within(county.tiers.branch) as session:
        held = session.scalars(select(LoginCode)).one()
        assert code not in held.code_hash
        assert code.replace("-", "") not in held.code_hash
    client, answer = join(county, "0001", code.lower())
    assert answer.status_code == 303
    assert f"{VILLAGE}-0001" in text(client.get(answer.location))
    assert client.get("/roster").status_code == 403
    with within(county.tiers.branch) as session:
        assert session.scalars(select(Account).where(Account.person_id == people[0])).one()
    again = county.app("branch").test_client()
    signed_in = again.post("/login", data={"login": f"{VILLAGE}-0001", "password": PASSWORD})
    assert signed_in.status_code == 302
    assert text(again.get("/my")) != ""


def test_a_code_is_worth_nothing_the_second_time(county, secretary, people):
    code = code_for(secretary, people[1])
    assert join(county, "0002", code)[1].status_code == 303
    assert join(county, "0002", code)[1].status_code == 422


def test_a_code_is_worth_nothing_after_a_day(county, secretary, people):
    code = code_for(secretary, people[2])
    county.later(hours=24, minutes=1)
    answer = join(county, "0003", code)[1]
    county.later(hours=-24, minutes=-1)
    assert answer.status_code == 422
    assert "过期" in text(answer)


def test_a_newer_code_voids_the_older_one_and_its_password_ends_old_sessions(county, secretary, people):
    old = code_for(secretary, people[3])
    new = code_for(secretary, people[3])
    assert join(county, "0004", old)[1].status_code == 422
    client, answer = join(county, "0004", new)
    assert answer.status_code == 303
    assert client.get("/my").status_code == 200
    forgotten = code_for(secretary, people[3])
    fresh, answer = join(county, "0004", forgotten, password="another-sentence")
    assert answer.status_code == 303
    assert fresh.get("/my").status_code == 200
    assert client.get("/my").status_code == 302, "the old session has ended"


def test_another_branchs_member_and_a_wrong_unit_say_the_same(county, secretary, people):
    code = code_for(secretary, people[4])
    wrong = said(join(county, "0005", code, unit="321323001202")[1])
    nowhere = said(join(county, "0005", code, unit="nowhere")[1])
    assert wrong.replace("321323001202", "") == nowhere.replace("nowhere", "")
    short = join(county, "0005", code, password="short")[1]
    assert short.status_code == 422
    assert "至少 10 个字符" in text(short)
    assert join(county, "0005", code, unit="甲201村")[1].status_code == 303, "by the branch's name"


def test_the_sixth_wrong_try_is_locked_even_with_the_right_code(county, secretary, people):
    code = code_for(secretary, people[5])
    for _ in range(5):
        assert join(county, "0006", "2222-2222")[1].status_code == 422
    locked = join(county, "0006", code)[1]
    assert locked.status_code == 429
    assert "已暂时锁定" in text(locked)
    with within(county.tiers.branch) as session:
        assert session.get(WrongTry, f"join/{VILLAGE}/0006") is not None
    county.later(minutes=16)
    assert join(county, "0006", code)[1].status_code == 303


def test_a_colleagues_working_account_is_not_reset_by_a_code(county, secretary, people):
    with within(county.tiers.branch) as session:
        session.scalars(select(Account).where(Account.login == VILLAGE)).one().person_id = people[4]
        own = session.scalars(select(Account).where(Account.login == f"{VILLAGE}-0005")).one()
        own.person_id = None
    answer = secretary.post(f"/roster/{people[4]}/code")
    assert answer.status_code == 409
    assert "系统管理员" in text(answer)


def test_who_has_left_signs_in_no_more(county, secretary, people):
    client, answer = join(county, "0002", code_for(secretary, people[1]))
    assert answer.status_code == 303
    page = text(secretary.get(f"/roster/{people[1]}"))
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    form = {"version": version, "until": "2026-03-10", "why": "left"}
    assert secretary.post(f"/roster/{people[1]}/leave", data=form).status_code == 303
    assert client.get("/my").status_code == 302
    again = (
        county.app("branch")
        .test_client()
        .post("/login", data={"login": f"{VILLAGE}-0002", "password": PASSWORD})
    )
    assert again.status_code == 422


def version_of(secretary, member):
    return re.search(r'name="version" value="(\d+)"', text(secretary.get(f"/roster/{member}")))[1]


def test_who_was_taken_off_by_mistake_signs_in_again_as_before(county, secretary, people):
    back = {"version": version_of(secretary, people[1])}
    assert secretary.post(f"/roster/{people[1]}/back", data=back).status_code == 303
    client = county.app("branch").test_client()
    asked = client.post("/login", data={"login": f"{VILLAGE}-0002", "password": PASSWORD})
    assert asked.status_code == 302, "the same password, no new code"
    assert client.get("/my").status_code == 200


def test_a_membership_does_not_end_before_the_months_stated_with_it(county, secretary, people):
    branch = Branch(county)
    branch.approve(branch.claim(people[2], day=date(2026, 2, 20)), now=at(2, 21))
    for month in (1, 2):
        branch.close(month)
    for member, first in ((people[2], "2026-02-21"), (people[3], "2026-02-02")):
        form = {"version": version_of(secretary, member), "why": "left"}
        early = secretary.post(f"/roster/{member}/leave", data={**form, "until": "2020-06-01"})
        assert (early.status_code, f"最早填 {first}" in text(early)) == (409, True)
        assert secretary.post(f"/roster/{member}/leave", data={**form, "until": first}).status_code == 303
