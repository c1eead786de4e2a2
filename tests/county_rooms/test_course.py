"""A contest from its draft to the trial, as people drive it through the pages."""

import pytest

from deploy.demo.tiers import within
from services.county.contest import course
from services.county.rulebooks.actions import add_rulebook, version
from tests.county import County
from tests.county_rooms.rooms import (
    NOWHERE,
    at,
    contest,
    follow,
    leader,
    organiser,
    person,
    trial_number,
    village,
    words,
)

DRAFT = {
    "year": "2027",
    "title": "2027 年村级组织分档竞赛",
    "filing_until": "2027-10-16",
    "verifying_until": "2027-10-30",
}


@pytest.fixture(scope="module", autouse=True)
def _verified(county: County) -> None:
    county.play("verified")


def test_the_desk_says_what_waits_and_for_whom(county: County) -> None:
    assert "核实数都已上报，可以试算" in words(organiser(county).get("/"))
    assert "现在没有等您办的事" in words(leader(county).get("/"))


def test_progress_counts_what_each_township_has_sent(county: County) -> None:
    page = words(organiser(county).get(at(county, "/returns")))
    assert "2 个乡镇都已报齐" in page
    assert "3/3" in page


def test_a_return_is_given_back_with_a_reason_and_counts_no_more(county: County) -> None:
    client, where = organiser(county), at(county, f"/returns/{village(county)}")
    page = client.get(where).get_data(as_text=True)
    return_id = page.split('name="return_id" value="')[1].split('"')[0]
    silent = client.post(f"{where}/back", data={"return_id": return_id, "reason": " "})
    assert silent.status_code == 422
    assert "请填上这一项" in words(silent)
    answer = client.post(f"{where}/back", data={"return_id": return_id, "reason": "集体收入与台账不符"})
    assert "集体收入与台账不符" in follow(client, answer)
    again = client.post(f"{where}/back", data={"return_id": return_id, "reason": "再退一次"})
    assert again.status_code == 409
    assert "已经退回过了" in words(again)
    desk = words(client.get("/"))
    assert "还有 1 个村没有上报" in desk
    assert "2/3" in desk
    county.settle()


def test_a_stage_is_taken_once_and_by_who_may(county: County) -> None:
    before = contest(county)
    step = {"after": "trial", "version": str(before.version)}
    assert leader(county).post(at(county, "/stage"), data=step).status_code == 403
    client = organiser(county)
    answer = client.post(at(county, "/stage"), data=step)
    assert "试算" in follow(client, answer)
    assert trial_number(county) == 1
    stale = client.post(at(county, "/stage"), data=step)
    assert stale.status_code == 409
    assert "别人刚刚办过这一步" in words(stale)


def test_a_step_back_owes_a_reason_which_the_history_keeps(county: County) -> None:
    client = organiser(county)
    back = {"after": "verifying", "version": str(contest(county).version), "reason": ""}
    silent = client.post(at(county, "/stage"), data=back)
    assert silent.status_code == 409
    assert "退回上一步要写明理由" in words(silent)
    client.post(at(county, "/stage"), data={**back, "reason": "有一个村的收入要再核"})
    assert "有一个村的收入要再核" in words(client.get(at(county, "/history")))


def test_publicity_and_lock_have_no_side_door(county: County) -> None:
    client = organiser(county)
    for after in ("publicity", "locked", "published"):
        step = {"after": after, "version": str(contest(county).version)}
        assert client.post(at(county, "/stage"), data=step).status_code == 409
    assert contest(county).state == "verifying"


def test_a_draft_is_checked_kept_and_put_right_before_it_opens(county: County) -> None:
    client = organiser(county)
    rulebook = contest(county).rulebook_hash
    wrong = client.post("/contests", data={**DRAFT, "rulebook_hash": rulebook, "filing_until": "16.10."})
    assert wrong.status_code == 422
    assert "请按 2026-10-16 这样写日期" in words(wrong)
    assert DRAFT["title"] in wrong.get_data(as_text=True)
    again = client.post("/contests", data={**DRAFT, "rulebook_hash": rulebook, "year": "2026"})
    assert again.status_code == 422
    assert "2026 年度的竞赛已经建立" in words(again)
    made = client.post("/contests", data={**DRAFT, "rulebook_hash": rulebook})
    assert "竞赛已建立，还没有发出" in follow(client, made)
    where = made.headers["Location"]
    follow(client, client.post(f"{where}/edit", data={**DRAFT, "title": "改名", "rulebook_hash": rulebook}))
    with within(county.tiers.county) as session:
        draft = course.contests(session)[0]
        assert (draft.title, draft.state) == ("改名", "draft")
        session.delete(draft)


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"filing_until": "0001-01-01"}, "filing_until", "应在 2027-01-01 到 2028-12-31 之间"),
        ({"verifying_until": "2029-01-01"}, "verifying_until", "应在 2027-01-01 到 2028-12-31 之间"),
        ({"year": "2025", "filing_until": "2025-10-16"}, "filing_until", "应在 2026-11-21 到"),
        ({"filing_until": "2027-11-01"}, "verifying_until", "核实截止日不能早于申报截止日"),
        ({"rulebook_hash": "0" * 64}, "rulebook_hash", "没有这一版规则"),
        ({"rulebook_hash": "x"}, "rulebook_hash", "没有这一版规则"),
    ],
)
def test_what_does_not_fit_a_new_contest_is_said_at_its_field(county: County, typed, field, said) -> None:
    rulebook = contest(county).rulebook_hash
    with within(county.tiers.county) as session:
        old = version(session, rulebook)[0].text.replace("2026-01-01", "2025-01-01")
        known = add_rulebook(session, person(county, "county_organiser"), old, county.now).hash
    client = organiser(county)
    refused = client.post("/contests", data={**DRAFT, "rulebook_hash": known, **typed})
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert f'href="#f-{field}"' in page
    assert said in words(refused)
    assert "没有找到这一页" not in words(refused)


def test_what_was_said_of_a_step_is_shown_once_and_not_after_the_next_one(county: County) -> None:
    client, data = organiser(county), {"version": str(contest(county).version), "after": "trial"}
    stale = {**data, "version": "0"}
    made = client.post(at(county, "/stage"), data=data)
    assert made.status_code == 303
    for _ in range(2):
        assert client.post(at(county, "/trial")).status_code == 303
    assert words(client.get("/")).count("次试算") == 1
    client.post(at(county, "/trial"))
    assert client.post(at(county, "/stage"), data=stale).status_code == 409
    assert 'role="status"' not in client.get("/").get_data(as_text=True)
    back = {"after": "verifying", "version": str(contest(county).version), "reason": "再核"}
    assert client.post(at(county, "/stage"), data=back).status_code == 303
    client.get("/")


def test_rules_of_a_begun_contest_are_fixed(county: County) -> None:
    client = organiser(county)
    data = {**DRAFT, "rulebook_hash": contest(county).rulebook_hash}
    assert client.get(at(county, "/edit")).status_code == 409
    assert client.post(at(county, "/edit"), data=data).status_code == 409


def test_what_is_not_there_is_one_and_the_same_404(county: County) -> None:
    client = organiser(county)
    paths = [f"/contests/{NOWHERE}", at(county, f"/returns/{NOWHERE}"), at(county, f"/objections/{NOWHERE}")]
    answers = [client.get(path) for path in paths]
    assert {one.status_code for one in answers} == {404}
    assert len({words(one) for one in answers}) == 1
    assert words(answers[0]).count("没有找到这一页") == 2  # the title and the heading


def test_every_stage_page_speaks_english_too(county: County) -> None:
    client = organiser(county)
    client.post("/language", data={"language": "en"})
    for path in ("/", "/contests", at(county), at(county, "/returns"), at(county, "/history")):
        answer = client.get(path)
        assert answer.status_code == 200
        assert 'lang="en"' in answer.get_data(as_text=True)
    assert "Next step" in words(client.get(at(county)))
