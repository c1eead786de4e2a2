"""Comments of members on each other: the branch looks first, then everybody of the branch may read."""

from uuid import uuid4

import pytest

from tests.branch.appraisal_hands import page, signed_in
from tests.branch.points_hands import Branch, at, open_the_year

KIND = "三月汛期连续两晚值守河堤，值得学习"


class Room:
    """Three members with a login each, the secretary, and a committee member who is the third."""

    def __init__(self, county):
        open_the_year(county)
        county.now = at(4, 1)
        branch = Branch(county)
        self.people = branch.members(3)
        self.mine = [signed_in(county, one, f"m-{n}") for n, one in enumerate(self.people)]
        self.committee = signed_in(county, self.people[2], "committee", "branch_committee")
        self.secretary = county.client("branch", branch.village)

    def write(self, by, about, text=KIND):
        comment = uuid4()
        answer = self.mine[by].post("/comments", data={"id": str(comment), "about": about, "text": text})
        return comment, answer

    def publish(self, client, comment, member):
        return client.post(f"/comments/{comment}/publish", data={"member": str(self.people[member])})


@pytest.fixture(scope="module")
def room(county):
    return Room(county)


def test_nobody_reads_a_comment_before_the_branch_has_looked(room):
    comment, answer = room.write(0, "党员2（合成）")
    assert answer.status_code == 303
    assert KIND not in page(room.mine[1].get("/comments"))
    assert "等支部审" in page(room.mine[0].get("/comments"))
    assert KIND in page(room.secretary.get("/comments"))
    assert room.publish(room.secretary, comment, 1).status_code == 303
    for one in room.mine:
        assert KIND in page(one.get("/comments"))
    assert room.publish(room.secretary, comment, 1).status_code == 409


def test_one_does_not_comment_on_oneself_nor_look_at_what_is_ones_own(room):
    _comment, answer = room.write(0, "党员1（合成）")
    assert (answer.status_code, "不能点评自己" in page(answer)) == (409, True)
    about_committee, _answer = room.write(0, "党员3（合成）", "记录党日台账很仔细，大家放心")
    refused = room.publish(room.committee, about_committee, 2)
    assert (refused.status_code, "请由另一位支部委员办理" in page(refused)) == (409, True)
    by_committee, _answer = room.write(2, "党员1（合成）", "代办医保跑得勤，群众都说好")
    assert room.publish(room.committee, by_committee, 0).status_code == 409
    assert room.publish(room.mine[1], by_committee, 0).status_code == 403
    assert room.publish(room.secretary, uuid4(), 0).status_code == 404


def test_nobody_keeps_back_or_takes_down_what_is_said_about_himself(room):
    """The committee member is the third on the roster; authors write names as they like."""
    told = []
    for about in ("党员3（合成）", " 党员3 ", "支部委员", "老党员"):
        comment, _answer = room.write(0, about, "答应修的路灯一直没有修")
        told.append(comment)
        refused = room.committee.post(f"/comments/{comment}/decline", data={"reason": "不实"})
        assert (refused.status_code, "可能是您本人" in page(refused)) == (409, True), about
        assert f"/comments/{comment}/decline" not in page(room.committee.get("/comments"))
    another, _answer = room.write(0, "党员2（合成）", "答应修的路灯一直没有修")
    declined = room.committee.post(f"/comments/{another}/decline", data={"reason": "已另行处理"})
    assert declined.status_code == 303, "another's full name is another"
    assert room.publish(room.secretary, told[0], 2).status_code == 303
    down = room.committee.post(f"/comments/{told[0]}/withdraw", data={"reason": "不实"})
    assert down.status_code == 409
    assert f"/comments/{told[0]}/withdraw" not in page(room.committee.get("/comments"))
    for one in told[1:]:
        room.secretary.post(f"/comments/{one}/decline", data={"reason": "请写姓名"})


def test_what_was_written_about_one_is_not_published_about_another(room):
    comment, _answer = room.write(0, "党员2（合成）", "答应修的水渠一直没有修")
    refused = room.publish(room.secretary, comment, 2)
    assert (refused.status_code, "不能改成别人公布" in page(refused)) == (409, True)
    vague, _answer = room.write(0, "第二小组的党员", "巷口路灯是他换的")
    assert room.publish(room.secretary, vague, 1).status_code == 303
    assert "公布时被点评的是党员2（合成）" in page(room.mine[0].get("/comments")), (
        "its author reads about whom"
    )


def test_what_is_not_published_says_why_to_its_author_alone(room):
    comment, _answer = room.write(1, "党员1（合成）", "说话不算数，大家都知道")
    empty = room.secretary.post(f"/comments/{comment}/decline", data={"reason": ""})
    assert empty.status_code == 422
    room.secretary.post(f"/comments/{comment}/decline", data={"reason": "请说具体的事"})
    assert "请说具体的事" in page(room.mine[1].get("/comments"))
    assert "请说具体的事" not in page(room.mine[0].get("/comments"))


def test_whom_it_is_about_answers_once_and_the_branch_may_take_it_down(room):
    comment, _answer = room.write(0, "党员2（合成）", "帮三户老人收稻子，没有收钱")
    room.publish(room.secretary, comment, 1)
    assert room.mine[2].post(f"/comments/{comment}/reply", data={"reply": "x"}).status_code == 404
    assert room.mine[1].post(f"/comments/{comment}/reply", data={"reply": "应该的"}).status_code == 303
    assert room.mine[1].post(f"/comments/{comment}/reply", data={"reply": "再说一句"}).status_code == 409
    assert "应该的" in page(room.mine[2].get("/comments"))
    down = room.secretary.post(f"/comments/{comment}/withdraw", data={"reason": "老人不愿公开"})
    assert down.status_code == 303
    assert "帮三户老人" not in page(room.mine[2].get("/comments"))
    assert "老人不愿公开" in page(room.mine[0].get("/comments"))


def test_bad_input_is_told_beside_its_field(room):
    for about, text in (
        ("", KIND),
        ("党员2（合成）", "好"),
        ("党员2（合成）", "长" * 201),
        ("党员2（合成）", "a\0bcdef"),
    ):
        assert room.write(0, about, text)[1].status_code == 422
    assert room.mine[0].post("/comments", data={"about": "党员2（合成）", "text": KIND}).status_code == 422
