"""Branches classed at a year's end (分类定级): report, finding, two people, publicity, county, review."""

from uuid import UUID

import pytest
from sqlalchemy import NullPool, create_engine, select
from sqlalchemy.orm import Session

from deploy.demo.tiers import within
from services.branch.commitments.models import Problem
from services.county.organisations.closing import carry_bases, classings_again, open_classes
from services.county.organisations.models import CarriedUnitBase, ClassedUnit
from services.county.organisations.models import Classing as Filed
from shared.contracts.documents import UnitClassed
from shared.organisations.results import bases_of, classed_unit
from shared.sync.publications import documents
from tests.branch.classing_hands import FAIR, NEXT, POOR_VOTES, STRONG, WEAK, Hands
from tests.branch.points_hands import at
from tests.township.conftest import OTHER_TOWN, words


@pytest.fixture(scope="module")
def hands(county):
    made = Hands(county)
    made.did(1, STRONG)
    made.did(2, FAIR)
    made.did(3, WEAK)
    return made.on(12, 20, NEXT - 1)


def test_before_december_no_report_is_taken(hands):
    hands.on(11, 30, NEXT - 1)
    assert "起报年终述职" in words(hands.report(1))
    hands.on(12, 20, NEXT - 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"other_teller": "张三（合成）"}, "两位不同的监票人"),
        ({"members_cast": 5}, "测评票数不对"),
        ({"members_good": 30}, "测评票数不对"),
        ({"skip": "on"}, "测评票数不对"),
        ({"members_good": "很多"}, "请填整数"),
        ({"text": ""}, "请填上这一项"),
    ],
)
def test_a_report_that_does_not_add_up_is_refused_by_name(hands, given, said):
    answer = hands.report(1, **given)
    assert (answer.status_code in (409, 422), said in words(answer)) == (True, True), words(answer)


def test_a_report_goes_up_and_the_township_reads_it(hands):
    assert hands.report(1).status_code == 303
    assert hands.report(2).status_code == 303
    assert hands.report(3, POOR_VOTES).status_code == 303
    page = words(hands.organiser.get(f"/classing/{hands.units[1]}"))
    assert "还有一条路没有修好" in page and "张三（合成）、李四（合成）" in page
    assert "测评" in page and "好 18" in page


def test_nothing_is_proposed_while_something_may_still_be_filed(hands):
    answer = hands.post(hands.organiser, "/classing/propose")
    assert (answer.status_code, "过后才能定级" in words(answer)) == (409, True)


def test_nothing_is_proposed_before_every_report_has_a_finding(hands):
    hands.on(1, 20)
    answer = hands.post(hands.organiser, "/classing/propose")
    assert (answer.status_code, "述职还没有核查：甲201村、甲202村、甲203村" in words(answer)) == (
        409,
        True,
    ), words(answer)
    assert hands.check(1).status_code == 303
    assert hands.check(2, problems="公开栏更新不及时").status_code == 303
    page = words(hands.organiser.get("/classing"))
    assert "述职还没核查的（1）：甲203村" in page


def test_a_finding_on_what_changed_meanwhile_is_refused(hands):
    stale = f"{hands.units[3]}:0"
    answer = hands.post(
        hands.organiser, "/classing/check", selected=[stale], finding="true", opinion="good", problems=""
    )
    assert (answer.status_code, "刚刚有变动" in words(answer)) == (409, True)
    assert "请选核查结论" in words(hands.check(3, finding=""))


def test_another_townships_branch_is_not_there(hands):
    other = hands.county.unit("township", f"{OTHER_TOWN}201").id
    assert hands.organiser.get(f"/classing/{other}").status_code == 404
    found = hands.post(
        hands.organiser, "/classing/check", selected=[f"{other}:0"], finding="true", opinion="good"
    )
    assert found.status_code == 404
    assert hands.post(hands.organiser, f"/classing/{other}/leave-out", reason="新建").status_code == 404


def test_the_rulebook_proposes_and_the_proposer_cannot_confirm(hands):
    assert (
        hands.check(3, finding="partly_untrue", opinion="poor", problems="三会一课没有开齐").status_code
        == 303
    )
    page = words(hands.organiser.get("/classing"))
    assert "“好”最多 1 个（参评 3 个）" in page
    assert hands.post(hands.organiser, "/classing/propose").status_code == 303
    again = hands.post(hands.organiser, "/classing/propose")
    assert (again.status_code, "已经提出定级" in words(again)) == (409, True)
    assert hands.post(hands.organiser, "/classing/confirm", **hands.seen()).status_code == 403
    assert "等第二人审定" in words(hands.secretary.get("/classing"))


def test_a_proposal_whose_ground_moved_is_not_confirmed(hands):
    hands.county.now = hands.county.now.replace(month=1, day=10)
    changed = hands.check(3, opinion="fair")
    assert (changed.status_code, "已经提出定级" in words(changed)) == (409, True)
    hands.on(1, 21)
    gone = hands.post(hands.secretary, "/classing/drop", reason="核查意见写错了", **hands.seen())
    assert gone.status_code == 303
    assert "核查意见写错了" in words(hands.organiser.get("/classing"))
    assert hands.post(hands.secretary, "/classing/propose").status_code == 303
    own = hands.post(hands.secretary, "/classing/confirm", **hands.seen())
    assert (own.status_code, "提出和审定要由两个人分别办理" in words(own)) == (409, True)
    assert (
        hands.post(hands.secretary, "/classing/drop", reason="请组织委员提", **hands.seen()).status_code
        == 303
    )
    assert hands.post(hands.organiser, "/classing/propose").status_code == 303


def test_a_second_person_confirms_and_every_branch_sees_the_publicity(hands):
    assert hands.post(hands.secretary, "/classing/confirm", **hands.seen()).status_code == 303
    page = words(hands.branch[2].get("/organisation/year-end"))
    assert "定级公示" in page and "甲201村" in page and "公示到" in page
    assert "已经定级公示" in words(hands.report(2))
    late = hands.check(3)
    assert (late.status_code, "已经提出定级" in words(late)) == (409, True)


def test_the_county_works_it_out_again_and_sees_the_same(hands):
    page = words(hands.desk.get("/classes/classings"))
    assert "甲镇" in page and "待受理" in page
    one = hands.filed().split(":")[0]
    page = words(hands.desk.get(f"/classes/classings/{one}"))
    assert "结果一致" in page and "甲203村" in page


def test_what_differs_from_its_entries_is_marked_and_can_only_be_returned(hands):
    """A classing whose lines were changed on the way: the county's own count shows it."""
    changed, kept = rewrite(hands, lambda body: body.replace(b'"poor",3]', b'"good",3]', 1))
    assert changed != kept
    one = hands.filed().split(":")[0]
    page = words(hands.desk.get(f"/classes/classings/{one}"))
    assert "重算不一致，只能退回" in page
    refused = hands.post(hands.desk, "/classes/classings/accept", selected=[hands.filed()])
    assert (refused.status_code, "重算结果和报的不一致" in words(refused)) == (409, True)
    other = rewrite(hands, lambda _body: kept.replace(b'"true","good"', b'"true","fair"', 1))
    assert other[0] != kept
    assert "依据和核验码对不上" in words(hands.desk.get(f"/classes/classings/{one}"))
    rewrite(hands, lambda _body: kept)
    assert "结果一致" in words(hands.desk.get(f"/classes/classings/{one}"))
    open_ = words(hands.desk.get(f"/years/{NEXT - 1}/closing"))
    assert "党组织定级已经报来、县里还没有批准的" in open_ and "甲镇" in open_


def rewrite(hands, change):
    """The newest classing's bytes at the county changed by its owner: what they are now, and were."""
    engine = create_engine(hands.county.settings["county"].owner_database_url, poolclass=NullPool)
    with Session(engine) as session, session.begin():
        one = session.get_one(Filed, UUID(hands.filed().split(":")[0]))
        before, one.body = one.body, change(one.body)
        return one.body, before


def test_the_county_returns_it_and_branches_see_the_publicity_is_off(hands):
    one, version = hands.filed().split(":")
    empty = hands.post(hands.desk, f"/classes/classings/{one}/return", version=version, reason=" ")
    assert (empty.status_code, "请写明退回理由" in words(empty)) == (409, True)
    back = hands.post(
        hands.desk, f"/classes/classings/{one}/return", version=version, reason="甲203村漏了一条问题"
    )
    assert back.status_code == 303
    assert "甲203村漏了一条问题" in words(hands.organiser.get("/classing"))
    assert "定级公示" not in words(hands.branch[2].get("/organisation/year-end"))
    hands.check(3, finding="partly_untrue", opinion="poor", problems="三会一课没有开齐\n党务公开不及时")
    assert hands.post(hands.organiser, "/classing/propose").status_code == 303
    assert hands.post(hands.secretary, "/classing/confirm", **hands.seen()).status_code == 303


def test_nothing_is_approved_while_the_publicity_runs_or_by_who_accepted(hands):
    assert hands.post(hands.desk, "/classes/classings/accept", selected=[hands.filed()]).status_code == 303
    early = hands.post(hands.leader, "/classes/classings/approve", selected=[hands.filed()])
    assert (early.status_code, "过后才能批准" in words(early)) == (409, True)
    assert hands.post(hands.desk, "/classes/classings/approve", selected=[hands.filed()]).status_code == 403


def test_a_request_for_review_holds_the_approval_up(hands):
    asked = hands.post(hands.branch[2], "/organisation/year-end/review", text="六月有一件事没有计入")
    assert asked.status_code == 303
    again = hands.post(hands.branch[2], "/organisation/year-end/review", text="六月有一件事没有计入")
    assert (again.status_code, "已经申请复核" in words(again)) == (409, True)
    hands.on(2, 10)
    held = hands.post(hands.leader, "/classes/classings/approve", selected=[hands.filed()])
    assert (held.status_code, "复核申请没有办结：甲202村" in words(held)) == (409, True)


def request_of(hands):
    page = hands.reviewer.get("/classes/reviews").get_data(as_text=True)
    return UUID(page.split("/classes/reviews/")[1][:36])


def test_somebody_else_reviews_and_a_second_confirms(hands):
    one = request_of(hands)
    path = f"/classes/reviews/{one}"
    assert hands.post(hands.desk, f"{path}/decide", version=0, upheld="no", reason="x").status_code == 403
    missing = hands.post(hands.reviewer, f"{path}/decide", version=0, reason="核对过")
    assert "请选复核结论" in words(missing)
    said = hands.post(
        hands.reviewer, f"{path}/decide", version=0, upheld="no", reason="六月那件事超过封顶，不计"
    )
    assert said.status_code == 303
    assert hands.post(hands.reviewer, f"{path}/confirm", version=1, reason="").status_code == 403
    assert (
        hands.post(hands.director, f"{path}/send-back", version=1, reason="写清封顶是多少").status_code == 303
    )
    assert "写清封顶是多少" in words(hands.reviewer.get(path))
    again = hands.post(
        hands.reviewer, f"{path}/decide", version=2, upheld="no", reason="六月服务类已到 5 分封顶"
    )
    assert again.status_code == 303
    assert hands.post(hands.director, f"{path}/confirm", version=3, reason="").status_code == 303
    assert "县里已答复" in words(hands.branch[2].get("/organisation/year-end"))


def test_another_person_approves_and_every_branch_is_told_under_the_countys_signature(hands):
    done = hands.post(hands.leader, "/classes/classings/approve", selected=[hands.filed()])
    assert done.status_code == 303, words(done)
    with within(hands.county.tiers.county) as session:
        grades = {one.unit_id: one.grade for one in session.scalars(select(ClassedUnit))}
    assert [grades[hands.units[n]] for n in (1, 2, 3)] == ["good", "fairly_good", "poor"]
    with within(hands.county.tiers.branch) as session:
        assert len(documents(session, UnitClassed)) == 3
    page = words(hands.branch[1].get("/organisation/year-end"))
    assert "定级结果" in page and "列入" in page and "规则版本 1" in page and "县里批准" in page
    assert "计入的每一条申报（108 条）" in page
    assert "县里已批准" in words(hands.organiser.get("/classing"))
    seen = words(hands.desk.get(f"/classes/units/{hands.units[1]}"))
    assert "计入的每一条申报（108 条）" in seen and "基础分 60.00" in seen


def test_a_weak_branch_puts_right_by_a_day_and_the_township_closes_it(hands):
    page = words(hands.branch[3].get("/organisation/year-end"))
    assert "须在" in page and "党务公开不及时" in page
    assert (
        hands.post(hands.branch[1], "/organisation/year-end/rectification", text="没有要改的").status_code
        == 409
    )
    path = f"/classing/{hands.units[3]}/rectification"
    early = hands.post(hands.organiser, path, verdict="closed")
    assert (early.status_code, "还没有报整改情况" in words(early)) == (409, True)
    done = hands.post(hands.branch[3], "/organisation/year-end/rectification", text="三会一课已补齐制度")
    assert done.status_code == 303
    assert "请写明退回理由" in words(hands.post(hands.organiser, path, verdict="returned"))
    assert hands.post(hands.organiser, path, verdict="returned", reason="还差记录本").status_code == 303
    assert "还差记录本" in words(hands.branch[3].get("/organisation/year-end"))
    hands.post(hands.branch[3], "/organisation/year-end/rectification", text="记录本已补")
    assert hands.post(hands.organiser, path, verdict="closed").status_code == 303
    assert "已销号" in words(hands.desk.get("/classes"))
    other = hands.county.unit("township", f"{OTHER_TOWN}201").id
    assert (
        hands.post(hands.organiser, f"/classing/{other}/rectification", verdict="closed").status_code == 404
    )


def test_an_upheld_review_after_approval_changes_class_and_points(hands):
    asked = hands.post(hands.branch[3], "/organisation/year-end/review", text="两张测评票记错了")
    assert asked.status_code == 303, words(asked)
    one = request_of(hands)
    path = f"/classes/reviews/{one}"
    same = hands.post(hands.reviewer, f"{path}/decide", version=0, upheld="yes", grade="poor", reason="记错")
    assert (same.status_code, "要改类别或者更正积分" in words(same)) == (409, True)
    given = {
        "version": 0,
        "upheld": "yes",
        "grade": "fair",
        "points": "1.5",
        "reason": "两张票记错，改定一般",
    }
    assert hands.post(hands.reviewer, f"{path}/decide", **given).status_code == 303
    assert hands.post(hands.director, f"{path}/confirm", version=1, reason="").status_code == 303
    with within(hands.county.tiers.branch) as session:
        found = classed_unit(session, hands.units[3], NEXT - 1)
    assert (found.grade, found.total - found.document.total) == ("fair", 150)
    assert found.rectify_until == ""
    assert "复核成立" in words(hands.branch[3].get("/organisation/year-end"))
    assert "经复核" in words(hands.organiser.get("/classing"))


def test_after_the_days_for_review_none_is_taken(hands):
    hands.on(5, 20)
    late = hands.post(hands.branch[1], "/organisation/year-end/review", text="还是有意见")
    assert (late.status_code, "不在公示和申请复核的期限内" in words(late)) == (409, True)


def test_the_countys_table_counts_filters_and_exports(hands):
    page = words(hands.desk.get("/classes"))
    assert "全部 6" in page and "还没有类别 3" in page
    assert "甲201村" in words(hands.desk.get("/classes?grade=good"))
    assert "甲202村" not in words(hands.desk.get("/classes?grade=good"))
    file = hands.desk.get("/classes/export.xlsx?grade=good")
    assert file.status_code == 200 and file.data[:2] == b"PK"
    other = hands.county.unit("township", f"{OTHER_TOWN}201").id
    assert hands.desk.get(f"/classes/units/{other}").status_code == 404


def test_the_year_is_not_closed_over_an_open_classing_and_bases_follow(hands):
    """Closing is the county's; here its organisation part alone, as the closing calls it."""
    hands.county.now = at(2, 12, NEXT)
    with within(hands.county.tiers.county) as session:
        assert ("class_window", ["甲镇"]) in open_classes(session, NEXT - 1, at(2, 12, NEXT).date())
        assert all(not names for _sort, names in open_classes(session, NEXT - 1, at(3, 12, NEXT).date()))
        assert open_classes(session, NEXT, at(3, 12, NEXT).date()) == []
        assert [one.fault for one in classings_again(session, NEXT - 1)] == [""]
        sign = hands.county.tiers.county.signer()
        assert carry_bases(session, sign, NEXT - 1, at(3, 12, NEXT)) == 3
        assert carry_bases(session, sign, NEXT - 1, at(3, 12, NEXT)) == 0
        bases = {one.unit_id: one for one in session.scalars(select(CarriedUnitBase))}
    hands.county.settle()
    best = bases[hands.units[1]]
    # 30 % of 223.84 is 67.152, half up to the hundredth.
    assert (best.from_total, best.base) == (60_00 + 144_00 + 19_84, 67_15)
    with within(hands.county.tiers.branch) as session:
        assert bases_of(session, NEXT)[hands.units[1]] == best.base
        texts = select(Problem.text).where(Problem.unit_id == hands.units[3], Problem.member_id.is_(None))
        # What the township closed is no draft any more.
        assert session.scalars(texts).all() == []
        texts = select(Problem.text).where(Problem.unit_id == hands.units[2], Problem.member_id.is_(None))
        assert session.scalars(texts).all() == ["公开栏更新不及时"]
    with within(hands.county.tiers.township) as session:
        assert bases_of(session, NEXT)[hands.units[2]] == bases[hands.units[2]].base
