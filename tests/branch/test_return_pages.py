"""The village return at its portal: typed, checked, filed once, taken back, refiled."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from flask import render_template_string

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.branch.returns.pages import field
from services.township.verification import actions as verification
from services.township.verification.reading import row_of
from shared.rules.rulebook_values import YesNo
from shared.sync.contests import current_contest
from tests.branch.conftest import COLLECTING
from tests.branch.hands import (
    FIGURES,
    HTMX,
    body_of,
    contest_of,
    filed,
    filled,
    form_of,
    hidden,
    over,
    sent,
    standing,
    text_of,
)
from tests.county import County

ONE, TWO, THREE = "321323001201", "321323001202", "321323001203"
RADIOS = (
    '{% import "ui/form.html" as form %}'
    "{{ form.radios(field.code, field.label, field.value, options=field.options, check=field.check) }}"
)
FOUR, FIVE, SIX = "321323002201", "321323002202", "321323002203"


def test_before_the_first_contest_every_page_says_so_kindly(county: County) -> None:
    client = county.client("branch", ONE)
    for address in ("/", "/return", "/return/history", "/result"):
        assert "县里还没有开展今年的竞赛" in text_of(client.get(address))
    assert client.post("/return/save", data={"version": "1-a"}).status_code == 404


def test_the_desk_says_how_many_days_are_left(collecting: County) -> None:
    page = text_of(collecting.client("branch", ONE).get("/"))
    assert "等您办（1 件）" in page
    assert "已填 0／12 项 · 10 月 16 日截止，还剩 4 天" in page
    assert contest_of(collecting).opened.synthetic_note in page


def test_what_is_typed_is_kept_right_or_wrong_and_each_field_says_what_is_wrong(collecting: County) -> None:
    client = collecting.client("branch", ONE)
    typed = over(form_of(client), collective_income="7x", meetings_held="101", branch_stars="4")
    answer = client.post("/return/save", data=typed, headers=HTMX)
    page = text_of(answer)
    assert answer.status_code == 200
    assert 'hx-swap-oob="innerHTML:#check-v-collective_income">“7x”不是数字' in page
    assert "应在 0 到 100 之间" in page
    assert "已填 1／12 项" in page
    again = text_of(client.get("/return"))
    assert 'value="7x"' in again and "“7x”不是数字" in again


def test_a_figure_too_long_to_keep_is_refused_and_the_rest_is_kept(collecting: County) -> None:
    client = collecting.client("branch", TWO)
    typed = over(form_of(client), collective_income="9" * 41, branch_stars="5")
    assert "太长了" in text_of(client.post("/return/save", data=typed, headers=HTMX))
    current = standing(collecting, TWO).attempt
    assert current is not None and current.values == {"branch_stars": "5"}
    answer = client.post("/return/check", data=typed)
    assert answer.status_code == 422
    assert "集体经营性收入：太长了" in text_of(answer) and "9" * 41 in text_of(answer)


def test_two_people_in_one_draft_do_not_undo_each_other(collecting: County, committee) -> None:
    secretary, member = collecting.client("branch", THREE), committee(THREE)
    first, second = form_of(secretary), form_of(member)
    secretary.post("/return/save", data=over(first, collective_income="50.0"), headers=HTMX)
    answer = member.post("/return/save", data=over(second, branch_stars="3"), headers=HTMX)
    assert "另一位同志改成了 50.0" in text_of(answer)
    values = standing(collecting, THREE).attempt.values
    assert (values["collective_income"], values["branch_stars"]) == ("50.0", "3")
    member.post("/return/save", data=over(second, collective_income="55"), headers=HTMX)
    assert standing(collecting, THREE).attempt.values["collective_income"] == "55"


def test_the_committee_fills_but_cannot_file_and_reads_why(collecting: County, committee) -> None:
    member = committee(FOUR)
    assert filled(member).status_code == 303
    page = text_of(member.get("/return/check"))
    assert "由支部书记登录后提交" in page and 'action="/return/file"' not in page
    assert member.post("/return/file", data=hidden(page)).status_code == 403
    assert member.post("/return/withdraw").status_code == 403
    assert member.get("/result/objection").status_code == 403


def test_an_incomplete_return_comes_back_with_every_error_named(collecting: County) -> None:
    client = collecting.client("branch", FIVE)
    assert filled(client, collective_income="", meetings_held="300").status_code == 303
    answer = client.get("/return/check")
    page = text_of(answer)
    assert answer.status_code == 422 and "<title>错误：" in page
    assert 'href="#f-v-collective_income">集体经营性收入：没有填写，请填上' in page
    assert "有 2 处要改" in page
    version = hidden(page)["version"]
    assert client.post("/return/file", data={"version": version}).status_code == 409
    client.post("/language", data={"language": "en", "next": "/"})
    assert "Collective operating income: is empty: fill it in" in text_of(client.get("/return/check"))


def test_a_double_click_files_once_and_late_typing_changes_nothing(collecting: County) -> None:
    client, other = collecting.client("branch", FIVE), collecting.client("branch", FIVE)
    stale = form_of(other)
    filled(client)
    checked = hidden(text_of(client.get("/return/check")))
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: one.post("/return/file", data=checked), (client, other)))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert sent(collecting, FIVE, "return.filed") == 1
    late = other.post("/return/save", data=over(stale, branch_stars="1"), headers=HTMX)
    assert late.status_code == 409 and "没有保存：" in text_of(late)
    assert other.post("/return/check", data=over(stale, branch_stars="1")).status_code == 409
    assert standing(collecting, FIVE).attempt.values == FIGURES


def test_filing_what_somebody_changed_meanwhile_asks_to_look_again(collecting: County) -> None:
    client, other = collecting.client("branch", SIX), collecting.client("branch", SIX)
    filled(client)
    checked = hidden(text_of(client.get("/return/check")))
    other.post("/return/save", data=over(form_of(other), branch_stars="2"), headers=HTMX)
    answer = client.post("/return/file", data=checked)
    assert answer.status_code == 409 and "另一位同志刚刚改过" in text_of(answer)
    assert standing(collecting, SIX).state == "draft"
    again = client.post("/return/file", data=hidden(text_of(answer)))
    assert again.status_code == 303
    assert standing(collecting, SIX).attempt.values["branch_stars"] == "2"


def test_the_confirmation_has_a_number_and_is_nobody_elses(collecting: County) -> None:
    client = collecting.client("branch", ONE)
    address = filed(client).location
    page = text_of(client.get(address))
    reference = f"SB2026-{standing(collecting, ONE).attempt.id.hex[-8:-4].upper()}"
    assert reference in page
    stranger = collecting.client("branch", FOUR)
    nowhere = f"/return/{uuid4()}/done"
    foreign, missing = stranger.get(address), stranger.get(nowhere)
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert body_of(foreign, address) == body_of(missing, nowhere)


def test_a_filed_return_is_taken_back_until_the_township_takes_it_up(collecting: County) -> None:
    client = collecting.client("branch", ONE)
    if standing(collecting, ONE).state != "filed":
        filed(client)
    page = text_of(client.get("/return"))
    assert "撤回来改" in page and "还没有核实" in page and "未改" not in page
    assert client.post("/return/withdraw").status_code == 303
    assert client.post("/return/withdraw").status_code == 409
    assert sent(collecting, ONE, "return.withdrawn") == 1
    assert form_of(client)["v-collective_income"] == FIGURES["collective_income"]
    assert filed(client).status_code == 303
    assert standing(collecting, ONE).number == 2
    collecting.settle()
    _township(collecting, ONE, verification.accept)
    page = text_of(client.get("/return"))
    assert "已受理，要改请镇里退回" in page and 'action="/return/withdraw"' not in page
    assert client.post("/return/withdraw").status_code == 409


def test_what_comes_back_is_refiled_after_the_deadline_with_its_reason_shown(collecting: County) -> None:
    client = collecting.client("branch", TWO)
    filed(client)
    collecting.settle()
    _township(collecting, TWO, verification.send_back, "三会一课缺 9 月记录")
    collecting.now = COLLECTING + timedelta(days=7)
    client = collecting.client("branch", TWO)
    try:
        desk = text_of(client.get("/"))
        assert "被镇里退回" in desk and "三会一课缺 9 月记录" in desk
        page = text_of(client.get("/return"))
        assert "镇里退回：" in page and "三会一课缺 9 月记录" in page and 'value="61.4"' in page
        assert filed(client).status_code == 303
        history = text_of(client.get("/return"))
        assert "第 2 次上报" in history and "镇里退回：三会一课缺 9 月记录" in history
        # Somebody who never filed is too late, and reads what that means.
        late = collecting.client("branch", THREE)
        assert "按规则" in text_of(late.get("/"))
        assert (
            late.post("/return/save", data=form_of(late) | {"version": "1-a"}, headers=HTMX).status_code
            == 409
        )
    finally:
        collecting.now = COLLECTING


def test_corrections_show_as_filed_as_verified_why_and_by_whom(collecting: County) -> None:
    client = collecting.client("branch", SIX)
    if standing(collecting, SIX).state == "draft" or standing(collecting, SIX).open:
        filed(client)
    collecting.settle()
    fixed = [verification.Corrected("collective_income", "58.0", "按三资账核定")]
    _township(collecting, SIX, verification.verify, fixed, {})
    page = text_of(client.get("/return"))
    assert "镇里已核实，等批准上报" in page
    assert "集体经营性收入：61.4 → " in page and "58.0" in page and "按三资账核定" in page


def test_yes_and_no_are_asked_as_a_choice(collecting: County) -> None:
    first = replace(contest_of(collecting).rulebook.indicators[0], scoring=YesNo(1200))
    with collecting.app("branch").test_request_context():
        view = field(first, {first.code: "否"}, {first.code: "否"}, {}, {}, {first.code: ""})
        page = render_template_string(RADIOS, field=view)
    assert view["kind"] == "yesno"
    assert re.search(r'value="否" checked', page) and not re.search(r'value="是"[^>]*checked', page)


def _township(county: County, code: str, act, *rest) -> None:
    """One township action on a village's return, as its organiser."""
    village = county.unit("township", code)
    with within(county.tiers.township) as session:
        contest = current_contest(session)
        township = county.unit("township", code[:9])
        who = actor(session, township, "township_organiser")
        row = row_of(session, contest.id, village.id)
        act(session, who, row, contest, *rest, datetime(2026, 10, 13, 1, 0, tzinfo=UTC))
    county.settle()
