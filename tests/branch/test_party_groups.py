"""Party groups (党小组): a name on the roster, in its file, and a filter in both lists; nothing else."""

from datetime import date
from io import BytesIO

import openpyxl
import pytest

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.branch.roster.actions import NewMember, add_members, edit_members
from services.branch.roster.files import roster_file
from services.branch.roster.importing import read_plan
from services.branch.roster.reading import members
from shared.kit.units import unit_by_code
from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year
from tests.county_rooms.rooms import words


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    county.now = at(2, 1)
    found = Branch(county)
    entered = [
        NewMember(f"{n:04}", f"党员{name}", "rural", date(2020, 1, 1), party_group=group)
        for n, (name, group) in enumerate([("赵", "东街党小组"), ("钱", "西街党小组"), ("孙", None)], 1)
    ]
    found.people = found.work(lambda s, who, unit, _y: add_members(s, who, unit, entered, at(1, 2)))
    return found


def test_the_roster_is_filtered_by_group(county, branch) -> None:
    client = county.client("branch", VILLAGE)
    page = words(client.get("/roster?group=东街党小组"))
    assert "党员赵" in page
    assert "党员钱" not in page
    assert client.get("/roster?group=没有这个组").status_code == 404


def test_claims_in_review_are_filtered_by_group(county, branch) -> None:
    for one in branch.people:
        branch.claim(one, now=at(1, 11))
    client = county.client("branch", VILLAGE)
    page = words(client.get("/points?group=西街党小组"))
    assert "党员钱" in page
    assert "党员赵" not in page
    assert "西街党小组" in words(client.get("/points"))


def test_a_group_is_entered_on_the_form_and_leaving_it_empty_takes_it_out(county, branch) -> None:
    client, one = county.client("branch", VILLAGE), branch.people[2]
    form = {"version": "1", "number": "0003", "name": "党员孙", "status": "full", "field": "rural"}
    form |= {"since": "2020-01-01", "party_group": " 东街党小组 "}
    assert client.post(f"/roster/{one}/edit", data=form).status_code == 303
    assert groups(county) == ["东街党小组", "西街党小组", "东街党小组"]
    assert (
        client.post(f"/roster/{one}/edit", data=form | {"version": "2", "party_group": ""}).status_code == 303
    )
    assert groups(county) == ["东街党小组", "西街党小组", ""]


def groups(county):
    with within(county.tiers.branch) as session:
        return [one.party_group for one in members(session, unit_by_code(session, VILLAGE).id)]


def file_of(county):
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, VILLAGE)
        return roster_file(unit.name, members(session, unit.id), "在册", at(2, 1))


def plan_of(county, body):
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, VILLAGE)
        plan = read_plan(session, actor(session, unit, "branch_secretary"), unit, body, at(2, 1))
        return plan, plan.counts


def test_the_exported_file_carries_groups_and_reads_back_unchanged(county, branch) -> None:
    with county.app("branch").test_request_context():
        plan, counts = plan_of(county, file_of(county))
    assert counts == {"new": 0, "update": 0, "skip": 3, "error": 0}
    assert [line.cells["party_group"] for line in plan.lines] == ["东街党小组", "西街党小组", ""]


def test_a_file_from_before_there_were_groups_leaves_them_as_they_are(county, branch) -> None:
    with county.app("branch").test_request_context():
        book = openpyxl.load_workbook(BytesIO(file_of(county)))
        sheet = book["党员名册"]
        places = {cell.value: cell.column for row in sheet.iter_rows(max_row=10) for cell in row}
        sheet.delete_cols(places["党小组"])
        buffer = BytesIO()
        book.save(buffer)
        _plan, counts = plan_of(county, buffer.getvalue())
    assert counts["skip"] == 3
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, VILLAGE)
        who = actor(session, unit, "branch_secretary")
        member = members(session, unit.id)[0]
        said = NewMember("0001", "党员赵", "rural", date(2020, 1, 1), post="组长")
        edit_members(session, who, unit, [(member.id, member.version, said)], at(2, 2))
    assert groups(county)[0] == "东街党小组"
