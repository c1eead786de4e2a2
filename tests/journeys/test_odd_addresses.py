"""Addresses and forms that no page of ours makes: they are told what to do, and never a failure of ours."""

from datetime import date

import pytest

from shared.kit.errors import Refused
from shared.kit.fields import typed_points
from shared.rules.outcomes.course import Standing, Word, may_say
from tests.branch.appraisal_hands import page, signed_in
from tests.branch.points_hands import TOWNSHIP, VILLAGE, Branch, at, open_the_year

DONE = {"item": "household", "times": "1", "what": "走访联系户三户", "witness": "王组长"}
ODD = ("endpoint=x", "_method=POST", "_external=1", "_scheme=gopher", "_anchor=x", "values=1", "contest_id=1")


@pytest.fixture(scope="module")
def clients(county):
    open_the_year(county)
    county.now = at(3, 12)
    [person, *_others] = Branch(county).members(2)
    return {
        "branch": county.client("branch", VILLAGE),
        "member": signed_in(county, person, "m-0"),
        "township": county.client("township", f"{TOWNSHIP}-zz"),
        "county": county.client("county", "321323-zzk"),
        "person": person,
    }


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    ("tier", "path"),
    [("branch", "/outcomes"), ("township", "/outcomes"), ("county", "/outcomes"), ("county", "/classes")],
)
def test_a_list_is_not_misled_by_what_an_address_carries(clients, tier, path, odd):
    answer = clients[tier].get(f"{path}?{odd}&q=x&state=open")
    assert answer.status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_time_is_refused(clients, day):
    form = {**DONE, "id": "0192f0d6-0000-7000-8000-000000000001", "day": day}
    assert clients["member"].post("/my/file", data=form).status_code == 422
    form["members"] = str(clients["person"])
    assert clients["branch"].post("/points/new", data=form).status_code == 422
    assert clients["branch"].post("/organisation/new", data={**form, "item": "assembly"}).status_code == 422


def test_who_posts_after_the_session_ended_is_told_to_sign_in_and_gets_his_words_back(county, clients):
    nobody = county.app("branch").test_client()
    words = "连续两晚值守河堤，发现险情一处"
    form = {**DONE, "id": "0192f0d6-0000-7000-8000-000000000001", "day": "2026-03-10", "what": words}
    form |= {"passphrase_1": "春风又绿江南岸", "choice-1": "excellent-choice"}
    came = {"Referer": "http://localhost/my/file?item=household&year=2026"}
    answer = nobody.post("/my/file", data=form, headers=came)
    shown = page(answer)
    assert answer.status_code == 401
    assert "登录已过期" in shown and "编号" not in shown
    assert words in shown
    assert "春风又绿" not in shown and "excellent" not in shown and "0192f0d6" not in shown
    assert "/login?next=/my/file?item%3Dhousehold%26year%3D2026" in shown


@pytest.mark.parametrize("path", ["/points/approve", "/points/months/1/close", "/login/x"])
def test_an_address_that_is_only_posted_to_says_so(clients, path):
    answer = clients["branch"].get(path)
    shown = page(answer)
    assert answer.status_code == (404 if path == "/login/x" else 405)
    assert "系统出了问题" not in shown and "编号" not in shown


def test_type_size_and_language_lead_back_to_a_page_after_a_refused_form(clients):
    came = {"Referer": "http://localhost/points?year=2026"}
    refused = clients["branch"].post("/points/approve", data={}, headers=came)
    assert refused.status_code == 422
    assert 'name="next" value="/points?year=2026"' in page(refused)
    elsewhere = clients["branch"].post("/points/approve", data={}, headers={"Referer": "http://x.example/a"})
    assert 'name="next" value="/"' in page(elsewhere)


def test_an_unknown_item_leads_to_the_list_with_a_word(clients):
    form = {**DONE, "id": "0192f0d6-0000-7000-8000-000000000009", "day": "2026-03-10", "item": "nothing"}
    answer = clients["member"].post("/my/file", data=form, follow_redirects=True)
    assert "积分办法里没有这一项，请重新选。" in page(answer)
    assert "积分办法里没有这一项" in page(clients["member"].get("/my/file?item=x", follow_redirects=True))


def test_an_empty_version_is_told_in_chinese(clients):
    answer = clients["branch"].post(f"/roster/{clients['person']}/back", data={"version": ""})
    assert "Not a valid" not in page(answer) and "请刷新后再办" in page(answer)


@pytest.mark.parametrize("typed", ["99999999", "2.555"])
def test_too_many_points_are_not_called_too_many_places(typed):
    with pytest.raises(Refused) as refused:
        typed_points(typed)
    said = "分数最多 10000 分。" if typed == "99999999" else "分数最多两位小数。"
    assert refused.value.message % refused.value.values == said


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("open", "还没有决定，不能办这一步"),
        ("decided", "已作出决定，等第二人确认，不能办这一步"),
        ("in_force", "已经生效，不能办这一步"),
    ],
)
def test_a_word_out_of_turn_is_refused_in_one_good_sentence(state, said):
    kind = {"open": "confirmed", "decided": "decided", "in_force": "decided"}[state]
    refusal = may_say("outcome", Standing(state, None, {}), Word(kind, "", date(2026, 3, 1)))
    assert refusal is not None and refusal.message == said


PROMISE = {"what": "走访本组 6 户独居老人", "span": "year", "confirmed": "yes"}


@pytest.mark.parametrize("due", ["2020-01-01", "9999-12-31", "2027-01-01"])
def test_a_commitment_is_due_within_its_year(clients, due):
    form = {**PROMISE, "id": "0192f0d6-0000-7000-8000-000000000011", "due": due}
    answer = clients["member"].post("/commitments/own/new", data=form)
    assert answer.status_code == 422 and "期限要在 2026 年内" in page(answer)
    assert PROMISE["what"] in page(answer)
    assert clients["branch"].post("/commitments/new", data=form).status_code == 422


def test_a_commitment_answers_a_problem_of_ones_own_or_none(clients):
    form = {**PROMISE, "id": "0192f0d6-0000-7000-8000-000000000012"}
    form["problem"] = "0192f0d6-0000-7000-8000-000000000013"
    assert clients["member"].post("/commitments/own/new", data=form).status_code == 404
