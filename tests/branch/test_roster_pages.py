"""The roster as its secretary uses it: entered, found, changed by two at once, taken off, brought back."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.roster.models import Member
from services.county.roster.models import KnownMember
from shared.kit.accounts import add_account, hash_password
from shared.kit.audit import AuditEvent
from shared.kit.scope import EVERYTHING
from shared.kit.units import unit_by_code
from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year

FORM = {"number": "0101", "name": "赵合成", "status": "full", "field": "rural", "since": "2020-01-01"}


@pytest.fixture(scope="module")
def secretary(county):
    open_the_year(county)
    county.now = at(3, 12)
    return county.client("branch", VILLAGE)


def text(answer):
    return answer.get_data(as_text=True)


def member(county, number):
    with within(county.tiers.branch) as session:
        return session.scalars(select(Member).where(Member.number == number)).one()


def add(secretary, **values):
    return secretary.post("/roster/new", data={**FORM, **values})


def test_an_empty_roster_says_what_to_do(secretary):
    page = text(secretary.get("/roster"))
    assert "名册里还没有党员" in page
    assert "从 Excel 导入" in page


def test_a_member_is_entered_and_told_upward_and_audited(county, secretary):
    form = {**FORM, "roles": ["leading", "in_post"], "exempt": "yes", "joined_on": "1985-07-01"}
    answer = secretary.post("/roster/new", data=form)
    assert answer.status_code == 303
    page = text(secretary.get(answer.location))
    assert "赵合成" in page
    assert "领导干部" in page
    county.settle()
    made = member(county, "0101")
    with within(county.tiers.county) as session:
        card = session.get_one(KnownMember, (made.unit_id, made.id))
        assert (card.name, card.roles, card.exempt) == ("赵合成", ["leading", "in_post"], True)
    with within(county.tiers.branch) as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "roster.add")).all()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("number", "", "编号用数字"),
        ("number", "０１", "编号用数字"),
        ("number", "0101", "已经有人用了"),
        ("name", "", "请填上这一项"),
        ("name", "长" * 65, "姓名最多 64 个字"),
        ("status", "saint", "请选一项"),
        ("field", "moon", "请选一项"),
        ("since", "", "1985-07-01"),
        ("since", "2027-01-01", "不能早于 1921-07-01，也不能晚于今天"),
        ("joined_on", "去年", "1985-07-01"),
        ("joined_on", "2021-01-01", "不能早于入党日期"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(secretary, field, value, words):
    answer = add(secretary, **{"number": "0199", "post": "村委会副主任", field: value})
    page = text(answer)
    assert answer.status_code == 422
    assert words in page
    assert 'href="#f-' in page
    assert "村委会副主任" in page


def test_the_list_is_filtered_searched_and_counted(secretary):
    add(secretary, number="0102", name="钱合成", status="probationary")
    add(secretary, number="0103", name="孙合成", floating="yes")
    assert "在册 3 人" in text(secretary.get("/roster"))
    floating = text(secretary.get("/roster?view=floating"))
    assert "孙合成" in floating
    assert "钱合成" not in floating
    found = text(secretary.get("/roster?q=0102"))
    assert "钱合成" in found
    assert "孙合成" not in found
    assert "没有找到这样的党员" in text(secretary.get("/roster?q=%25"))
    assert secretary.get("/roster?view=nonsense").status_code == 404


def test_the_second_of_two_who_save_is_told(county, secretary):
    one = member(county, "0102")
    form = {**FORM, "number": "0102", "name": "钱合成", "version": str(one.version)}
    assert secretary.post(f"/roster/{one.id}/edit", data={**form, "post": "会计"}).status_code == 303
    again = secretary.post(f"/roster/{one.id}/edit", data={**form, "post": "出纳"})
    assert again.status_code == 409
    assert "刚刚被别人改过" in text(again)
    assert member(county, "0102").post == "会计"
    county.settle()
    with within(county.tiers.county) as session:
        assert session.get_one(KnownMember, (one.unit_id, one.id)).post == "会计"


def test_somebody_leaves_on_a_day_with_a_reason_and_nothing_is_deleted(county, secretary):
    one = member(county, "0103")
    form = {"version": str(one.version), "until": "2026-03-01", "why": "died"}
    assert secretary.post(f"/roster/{one.id}/leave", data={**form, "why": ""}).status_code == 422
    assert secretary.post(f"/roster/{one.id}/leave", data={**form, "why": "moved"}).status_code == 422
    assert secretary.post(f"/roster/{one.id}/leave", data={**form, "until": "2026-04-01"}).status_code == 409
    assert secretary.post(f"/roster/{one.id}/leave", data=form).status_code == 303
    secretary.get("/roster")
    assert "孙合成" not in text(secretary.get("/roster")), "said once that she has left, then not listed"
    assert "去世" in text(secretary.get("/roster?view=left"))
    county.settle()
    with within(county.tiers.county) as session:
        assert str(session.get_one(KnownMember, (one.unit_id, one.id)).until) == "2026-03-01"
    left = member(county, "0103")
    changed = secretary.post(f"/roster/{one.id}/edit", data={**FORM, "version": str(left.version)})
    assert changed.status_code == 409
    assert secretary.post(f"/roster/{one.id}/back", data={"version": str(left.version)}).status_code == 303
    assert member(county, "0103").until is None


def test_the_committee_sees_and_does_not_change(county, secretary):
    password = "ten-letters-at-least"
    with county.tiers.branch.database.transaction(EVERYTHING) as session:
        unit = unit_by_code(session, VILLAGE)
        posts = [("branch_committee", unit)]
        add_account(session, "weiyuan", "委员（合成）", hash_password(password), posts, at(1, 3))
    committee = county.app("branch").test_client()
    committee.post("/login", data={"login": "weiyuan", "password": password})
    one = member(county, "0101")
    page = text(committee.get(f"/roster/{one.id}"))
    assert "修改信息" not in page
    assert "发一次性口令" not in page
    assert committee.get("/roster").status_code == committee.get("/transfers").status_code == 200
    for path in ("/roster/new", f"/roster/{one.id}/edit", "/roster/excel", f"/transfers/of/{one.id}"):
        assert committee.get(path).status_code == 403
    for path in ("leave", "code", "back", "edit"):
        assert committee.post(f"/roster/{one.id}/{path}", data={}).status_code == 403


def test_another_branchs_member_and_nobody_are_the_same_404(county, secretary):
    other = Branch(county, "321323001202")
    foreign = other.members(1)[0]
    for path in ("", "/edit"):
        absent = secretary.get(f"/roster/{uuid4()}{path}")
        assert secretary.get(f"/roster/{foreign}{path}").status_code == absent.status_code == 404
    assert secretary.post(f"/roster/{foreign}/code").status_code == 404
    assert secretary.get(f"/roster/cards/{foreign}").status_code == 404


def test_cards_are_printed_one_by_one_and_all_at_once(county, secretary):
    everybody = text(secretary.get("/roster/cards"))
    assert everybody.count("中国共产党党员信息卡") == 3
    one = member(county, "0102")
    page = text(secretary.get(f"/roster/cards/{one.id}"))
    assert "会计" in page
    assert re.search("身份证|电话", page) is None


ODD = {
    "name": ("  ", "赵\n合成", "赵\u200b合成", "=HYPERLINK(1)", "赵合成9", "#REF!"),
    "number": ("T009\n", "T 009", "＃9"),
    "post": ("副书记\n", "#N/A"),
    "party_group": ("第一\u202e组",),
}


@pytest.mark.parametrize(("field", "typed"), [(name, one) for name, all_of in ODD.items() for one in all_of])
def test_what_the_import_refuses_the_form_refuses_too(secretary, field, typed):
    answer = add(secretary, **{"number": "0190", field: typed})
    if (field, typed) == ("post", "副书记\n"):
        assert answer.status_code == 303, "what stands around the words is let go"
        return
    assert answer.status_code == 422, text(answer)
    assert f'href="#f-{field}"' in text(answer)


def test_a_name_that_stands_in_the_roster_does_not_hinder_another_change(county, secretary):
    """Names of made-up people have numbers; their other fields can be changed all the same."""
    [person] = Branch(county).members(1, start=300)
    form = {**FORM, "number": "0300", "name": "党员300（合成）", "post": "组长", "version": "1"}
    assert secretary.post(f"/roster/{person}/edit", data=form).status_code == 303
    form |= {"name": "党员301（合成）", "version": "2"}
    assert secretary.post(f"/roster/{person}/edit", data=form).status_code == 422
