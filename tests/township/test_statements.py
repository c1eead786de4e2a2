"""Months of points at the township's portal: seen by state, accepted by one, approved by another."""

import re
from datetime import date
from io import BytesIO
from uuid import uuid4

import openpyxl
import pytest
from sqlalchemy import func, select

from deploy.demo.tiers import within
from services.county.points.models import ApprovedStatement
from services.township.statements.models import ReceivedStatement, SpotLook, StatementReview
from services.township.statements.spot import sample
from shared.contracts.recount import claim_points
from tests.branch.points_hands import TOWNSHIP, Branch, at, open_the_year
from tests.township.conftest import ORGANISER, SECRETARY, words

OTHER = "321323001202"


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    return Branch(county)


@pytest.fixture(scope="module")
def people(branch, county):
    made = branch.members(3)
    other = Branch(county, OTHER)
    other.members(2)
    county.settle()
    return made


@pytest.fixture(scope="module")
def january(county, branch, people):
    """Five visits (capped at four) of one member, meetings of another; closed in time."""
    claims = [branch.claim(people[0], day=date(2026, 1, day)) for day in (5, 6, 7, 8, 9)]
    meetings = [
        branch.claim(people[1], item=item, day=date(2026, 1, 15), witness="")
        for item in ("theme_day", "assembly", "lecture")
    ]
    branch.approve(*claims, *meetings)
    county.now = at(2, 6)
    return branch.close(1)


@pytest.fixture(scope="module")
def organiser(county, january):
    return county.client("township", ORGANISER)


@pytest.fixture(scope="module")
def secretary(county, january):
    return county.client("township", SECRETARY)


def shown(client, path):
    return words(client.get(path))


def decide(client, what, *tokens, **more):
    return client.post(f"/statements/{what}?year=2026&month=1", data={"selected": list(tokens), **more})


def state(county, statement):
    with within(county.tiers.township) as session:
        found = session.get(StatementReview, statement)
        return found.state if found else None


def test_the_list_says_who_waits_for_whom_and_since_when(organiser, january):
    page = shown(organiser, "/statements")
    assert "2026 年 1 月" in page, "the first month with something to do"
    assert page.index("待受理（1 个）") < page.index("支部未结账（2 个）")
    assert "2月1日起可以结账，已过 5 天" in page.replace(" 月 ", "月").replace(" 日", "日")
    assert "参会积分占 47%，超过 35%，另有 1 项" in page
    assert "积分月报 1 件待办" in shown(organiser, "/"), "the header counts what waits"
    assert "1 份积分月报待受理" in shown(organiser, "/")


def test_a_statement_shows_what_was_claimed_what_counted_and_what_was_cut(organiser, january):
    page = shown(organiser, f"/statements/{january}")
    assert "类别封顶" in page or "单项封顶" in page
    assert "党员1（合成）" in page
    assert "4.00" in page
    assert "办理经过" in page
    assert "结账上报" in page


def test_what_each_claim_is_worth_adds_up_to_what_was_posted(county, january):
    with within(county.tiers.township) as session:
        from services.township.statements.reading import decode
        from shared.sync.years import year_of

        received = session.get_one(ReceivedStatement, january)
        body = decode(received.original)
        counted = claim_points([body], year_of(session, 2026).schemes)
        worth = sum(line.points for lines in counted.values() for line in lines.values())
        assert worth == received.total


def test_the_spot_check_draws_the_same_claims_each_time_and_at_least_three():
    one = uuid4()
    assert sample(one, range(1, 41)) == sample(one, reversed(range(1, 41)))
    assert len(sample(one, range(1, 41))) == 3
    assert len(sample(one, range(1, 101))) == 5
    assert len(sample(one, range(1, 102))) == 6
    assert sample(one, [1, 2]) == [1, 2]
    assert sample(one, []) == []
    assert len({tuple(sample(uuid4(), range(1, 101))) for _ in range(20)}) > 1


def test_who_looked_at_a_drawn_claim_is_kept_and_nothing_else_can_be_marked(county, organiser, january):
    page = organiser.get(f"/statements/{january}").get_data(as_text=True)
    drawn = re.findall(r'name="number" value="(\d+)"', page)
    assert len(drawn) == 3
    not_drawn = next(str(n) for n in range(1, 9) if str(n) not in drawn)
    path = f"/statements/{january}/looked"
    assert organiser.post(path, data={"number": [not_drawn]}).status_code == 404
    assert organiser.post(path, data={}).status_code == 422
    for _ in range(2):
        assert organiser.post(path, data={"number": drawn[:2]}).status_code == 303
    with within(county.tiers.township) as session:
        assert session.scalar(select(func.count()).select_from(SpotLook)) == 2
    assert "2/3" in shown(organiser, "/statements")


def test_a_reason_stands_beside_what_cannot_be_done_yet(secretary, january):
    page = shown(secretary, f"/statements/{january}")
    assert "要先由组织委员受理，再由您批准" in page
    answer = decide(secretary, "approve", f"{january}:0")
    assert answer.status_code == 409


def test_who_accepts_does_not_approve(county, organiser, january):
    assert decide(organiser, "accept", f"{january}:0").status_code == 303
    assert state(county, january) == "accepted"
    assert decide(organiser, "approve", f"{january}:1").status_code == 403
    assert "已受理，等党委书记批准" in shown(organiser, f"/statements/{january}")


def test_a_stale_selection_changes_nothing_and_says_so(county, organiser, january):
    answer = decide(organiser, "accept", f"{january}:0")
    assert answer.status_code == 409
    assert "没有改动任何一份" in words(answer)
    assert decide(organiser, "accept", "nonsense").status_code == 422
    assert decide(organiser, "accept").status_code == 422
    assert decide(organiser, "accept", f"{uuid4()}:0").status_code == 404


def test_the_page_of_a_refusal_shows_the_state_as_it_is(secretary, january, county, branch):
    """Everything is judged before anything is written: the refused page never shows a half-done decision."""
    february = branch.close(2)
    with within(county.tiers.township) as session:
        from deploy.demo.people import actor
        from services.township.statements import reviewing
        from shared.kit.units import unit_by_code

        who = actor(session, unit_by_code(session, TOWNSHIP), "township_organiser")
        reviewing.accept(session, who, [reviewing.Seen(february, 0)], at(3, 2))
    county.settle()
    answer = decide(secretary, "approve", f"{february}:1")
    assert answer.status_code == 409
    assert "请先办完 1 月的月报" in words(answer)
    assert state(county, january) == "accepted"
    assert "待批准（1 个）" in words(answer)


def test_a_selection_is_approved_by_the_second_person_and_goes_up(county, secretary, january):
    assert "请先办完 1 月的月报" in shown(secretary, "/statements?year=2026&month=2")
    answer = decide(secretary, "approve", f"{january}:1")
    assert answer.status_code == 303
    county.settle()
    with within(county.tiers.county) as session:
        assert session.get(ApprovedStatement, january) is not None
    page = shown(secretary, f"/statements/{january}")
    assert "已批准，报县里" in page


def test_sending_back_asks_for_a_reason_and_the_next_part_says_what_went_before(county, organiser, branch):
    march = branch.close(3)
    token = f"{march}:0"
    asked = decide(organiser, "send-back", token)
    assert asked.status_code == 200
    assert "退回 1 份月报" in words(asked)
    assert decide(organiser, "send-back", token, reason=" ").status_code in (409, 422)
    assert decide(organiser, "send-back", token, reason="").status_code == 422
    assert decide(organiser, "send-back", token, reason="走访次数偏多，请核对").status_code == 303
    county.settle()
    assert "走访次数偏多，请核对" in shown(organiser, "/statements?year=2026&month=3")
    second = branch.close(3, now=at(4, 3), note="核对过，走访属实")
    page = shown(organiser, f"/statements/{second}")
    assert "走访次数偏多，请核对" in page
    assert "核对过，走访属实" in page
    assert "支部已经再次上报" in shown(organiser, f"/statements/{march}")


def test_a_branch_is_followed_through_its_year(organiser, county):
    unit = county.unit("township", Branch(county).village)
    page = shown(organiser, f"/statements/branches/{unit.id}")
    assert "全年合计" in page
    assert "已报县里" in page
    assert organiser.get(f"/statements/branches/{uuid4()}").status_code == 404


def test_the_neighbour_township_and_an_unknown_statement_are_absent_alike(county, january):
    neighbour = county.client("township", "321323002-zz")
    foreign = neighbour.get(f"/statements/{january}")
    other = uuid4()
    absent = words(neighbour.get(f"/statements/{other}")).replace(str(other), str(january))
    assert foreign.status_code == 404
    assert words(foreign) == absent
    answer = neighbour.post("/statements/accept", data={"selected": [f"{january}:0"]})
    assert answer.status_code == 404


def test_lists_and_statements_come_as_excel(organiser, january):
    listed = openpyxl.load_workbook(BytesIO(organiser.get("/statements/export.xlsx?year=2026&month=1").data))
    assert "甲201村" in str([[cell.value for cell in row] for row in listed.active.rows])
    one = openpyxl.load_workbook(BytesIO(organiser.get(f"/statements/{january}/export.xlsx").data))
    assert one.sheetnames == ["按党员", "申报"]


def test_months_and_years_that_are_none_are_absent(organiser):
    for wrong in ("month=13", "month=x", "year=1999", "month=0"):
        assert organiser.get(f"/statements?{wrong}").status_code == 404
