"""A selection: each row a decision of its own; stale and barred ones are named, the rest done."""

from uuid import uuid4

import pytest

from tests.township.conftest import OTHER_TOWN, Office, words


def test_a_selection_is_verified_as_filed_and_approved(office: Office) -> None:
    answer = office.decide_some(office.organiser, "verify", [office.choice(1), office.choice(2)])
    assert "已按填报数核实 2 个村" in words(answer)
    answer = office.decide_some(office.secretary, "approve", [office.choice(1), office.choice(2)])
    assert "已批准 2 个村" in words(answer)
    assert [office.state(number) for number in (1, 2, 3)] == ["approved", "approved", "received"]
    assert len(office.sql("SELECT 1 FROM outbox WHERE kind = 'return.verified' AND seq IS NULL")) == 2


def test_a_stale_row_is_left_alone_by_name_and_the_rest_is_done(office: Office) -> None:
    chosen = [office.choice(1), office.choice(2)]
    office.decide(office.secretary, 1, "send-back", reason="请核对")
    answer = office.decide_some(office.organiser, "accept", chosen)
    said = words(answer)
    assert "已受理 1 个村" in said
    assert "1 个村没有办，原因如下" in said
    assert "甲201村的申报表在您打开这一页之后已经变了" in said
    assert (office.state(1), office.state(2)) == ("sent_back", "accepted")


def test_a_row_the_rules_bar_is_named_with_the_rule(office: Office) -> None:
    office.decide(office.organiser, 1, "accept")
    said = words(office.decide_some(office.organiser, "accept", [office.choice(1), office.choice(2)]))
    assert "甲201村的申报表已经受理" in said
    assert "已受理 1 个村" in said


def test_a_selection_sent_twice_is_done_once(office: Office) -> None:
    chosen = [office.choice(1), office.choice(2)]
    office.decide_some(office.organiser, "verify", chosen)
    assert "2 个村您刚才已经办过" in words(office.decide_some(office.organiser, "verify", chosen))
    assert len(office.sql("SELECT 1 FROM outbox WHERE seq IS NULL")) == 4


def test_one_reason_sends_several_back_after_it_has_been_asked_for(office: Office) -> None:
    chosen = [office.choice(1), office.choice(3)]
    asked = office.decide_some(office.organiser, "send-back", chosen)
    assert "退回 2 个村的申报表" in words(asked)
    assert "甲201村、甲203村" in words(asked)
    assert office.state(1) == "received", "asking decides nothing"
    blank = office.decide_some(office.organiser, "send-back", chosen, reason=" ")
    assert blank.status_code == 422
    assert "退回要写明理由" in words(blank)
    done = office.decide_some(office.organiser, "send-back", chosen, reason="缺会议记录")
    assert "已退回 2 个村" in words(done)
    assert [office.state(number) for number in (1, 2, 3)] == ["sent_back", "received", "sent_back"]


@pytest.mark.parametrize("selected", [[], ["rubbish"], ["12:received-1-0"]])
def test_nothing_chosen_or_something_unreadable_is_said_and_decides_nothing(
    office: Office, selected: list[str]
) -> None:
    answer = office.organiser.post("/returns/accept", data={"selected": selected})
    assert answer.status_code == 422
    assert ("先在上面选村" if not selected else "读不出来") in words(answer)
    assert office.sql("SELECT 1 FROM verification") == []


def test_a_foreign_village_in_a_selection_is_as_absent_as_none_and_nothing_is_done(office: Office) -> None:
    bodies = []
    for stranger in (office.village(1, OTHER_TOWN), uuid4()):
        chosen = [office.choice(1), f"{stranger}:received-1-0"]
        for client, what in (
            (office.organiser, "accept"),
            (office.organiser, "verify"),
            (office.secretary, "approve"),
            (office.organiser, "send-back"),
        ):
            answer = client.post(f"/returns/{what}", data={"selected": chosen, "reason": "x"})
            assert answer.status_code == 404
            bodies.append(words(answer))
    assert bodies[:4] == bodies[4:]
    assert office.sql("SELECT 1 FROM verification") == []


def test_only_what_can_be_acted_on_has_a_box(office: Office) -> None:
    office.decide(office.organiser, 1, "verify")
    assert office.organiser.get("/returns").get_data(as_text=True).count('class="pick"') == 2
    assert office.secretary.get("/returns").get_data(as_text=True).count('class="pick"') == 1
