"""A classing held against what the county knows of units, bases and days, also after units were merged."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import NullPool, create_engine, select, update
from sqlalchemy.orm import Session

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.county.organisations import reviewing
from services.county.organisations.bases import unit_bases
from services.county.organisations.closing import carry_bases, classings_again
from services.county.organisations.models import CarriedUnitBase
from services.county.organisations.models import Classing as Filed
from services.county.organisations.reviews import reviews
from services.county.years.models import ClosedBranch, YearClosing
from services.county.years.models import MemberYear as Opened
from shared.contracts.classing import ClassingFiled
from shared.contracts.reclass import classing_digest
from shared.kit.units import Unit, unit_by_code
from shared.organisations.results import bases_of
from tests.branch.classing_hands import FAIR, NEXT, STRONG, WEAK, Hands
from tests.branch.points_hands import YEAR, at
from tests.township.conftest import OTHER_TOWN, words


@pytest.fixture(scope="module")
def hands(county):
    made = Hands(county)
    for number, items in ((1, STRONG), (2, FAIR), (3, WEAK)):
        made.did(number, items, months=(3,))
    made.on(12, 20, YEAR)
    for number in (1, 2, 3):
        assert made.report(number).status_code == 303
    made.on(1, 20)
    assert made.check(1, 2, 3).status_code == 303
    assert made.post(made.organiser, "/classing/propose").status_code == 303
    assert made.post(made.secretary, "/classing/confirm", **made.seen()).status_code == 303
    return made


def owner(hands):
    return create_engine(hands.county.settings["county"].owner_database_url, poolclass=NullPool)


class Changed:
    """What the owner of the county's database changed, while the block lasts."""

    def __init__(self, hands, change, back):
        self.hands, self.change, self.back = hands, change, back

    def __enter__(self):
        self.run(self.change)

    def __exit__(self, *failed):
        self.run(self.back)

    def run(self, change):
        with Session(owner(self.hands)) as session, session.begin():
            change(session)


def rewritten(hands, change):
    """The county's newest classing as another one, with the digest of what it then says."""
    key = UUID(hands.filed().split(":")[0])
    kept = {}

    def write(session):
        from services.county.organisations.room import member_year

        row = session.get_one(Filed, key)
        kept["body"] = row.body
        filed = change(msgspec.json.decode(row.body, type=ClassingFiled))
        year = member_year(session, YEAR)
        digest = classing_digest(
            year.appraisal_organisations, year.organisations, filed.inputs, filed.decisions
        )
        row.body = msgspec.json.encode(msgspec.structs.replace(filed, digest=digest))

    return Changed(hands, write, lambda session: setattr(session.get_one(Filed, key), "body", kept["body"]))


def page_of(hands):
    return words(hands.desk.get(f"/classes/classings/{hands.filed().split(':')[0]}"))


def refusal(hands):
    answer = hands.post(hands.desk, "/classes/classings/accept", selected=[hands.filed()])
    assert answer.status_code == 409, answer.status_code
    return words(answer)


def test_a_base_the_county_never_carried_is_refused_by_name(hands):
    def more(filed):
        first = msgspec.structs.replace(filed.inputs[0], base=filed.inputs[0].base + 5_00)
        return msgspec.structs.replace(filed, inputs=[first, *filed.inputs[1:]])

    with rewritten(hands, more):
        assert "基础分和县里结转的不一致：甲2" in refusal(hands)
        assert "基础分和县里结转的不一致：甲2" in page_of(hands)


def test_a_publicity_shorter_than_the_rule_is_refused(hands):
    def shorter(filed):
        day = date.fromisoformat(filed.publicity_until) - timedelta(days=1)
        return msgspec.structs.replace(filed, publicity_until=day.isoformat())

    with rewritten(hands, shorter):
        assert "公示的工作日比规则规定的少" in refusal(hands)


def test_a_unit_that_was_there_at_the_years_end_and_is_left_unnamed_is_missed_by_name(hands):
    def without_third(filed):
        keep = [one for one in filed.inputs if one.unit_id != hands.units[3]]
        lines = [one for one in filed.classes if one.unit_id != hands.units[3]]
        return msgspec.structs.replace(filed, inputs=keep, classes=lines)

    with rewritten(hands, without_third):
        assert "年底在册的没有列全，少了：甲203村" in refusal(hands)


def test_a_unit_merged_between_filing_and_approval_keeps_its_class(hands):
    assert "结果一致" in page_of(hands)
    with closed(hands, 3):
        assert "结果一致" in page_of(hands)
        assert (
            hands.post(hands.desk, "/classes/classings/accept", selected=[hands.filed()]).status_code == 303
        )


def closed(hands, number, field="closed_on", value=date(NEXT, 3, 1), before=None):
    def put(what):
        return lambda session: session.execute(
            update(Unit).where(Unit.id == hands.units[number]).values({field: what})
        )

    return Changed(hands, put(value), put(before))


def test_a_year_is_worked_out_the_same_after_a_unit_was_merged_or_moved(hands):
    hands.on(2, 10)
    done = hands.post(hands.leader, "/classes/classings/approve", selected=[hands.filed()])
    assert done.status_code == 303, words(done)
    town, other = (hands.county.unit("county", code).id for code in (hands_town(hands), OTHER_TOWN))
    with closed(hands, 3), within(hands.county.tiers.county) as session:
        assert [one.fault for one in classings_again(session, YEAR)] == [""]
    with closed(hands, 3, "parent_id", other, town), within(hands.county.tiers.county) as session:
        assert [one.fault for one in classings_again(session, YEAR)] == [""]


def hands_town(hands):
    with within(hands.county.tiers.county) as session:
        unit = session.get_one(Unit, hands.units[3])
        return session.get_one(Unit, unit.parent_id).code


def test_an_approved_classing_that_comes_out_otherwise_goes_back_to_its_township(hands):
    """The closing page leads to the classing, where it is returned; no branch is asked."""
    key = hands.filed().split(":")[0]
    path = f"/classes/classings/{key}/return"
    version = hands.filed().split(":")[1]
    sound = hands.post(hands.leader, path, version=version, reason="再看看")
    assert (sound.status_code, "复算不一致才能退回" in words(sound)) == (409, True)
    assert "退回乡镇" not in page_of(hands)
    pool = hands.county.unit("county", hands_town(hands)).id

    def more(filed):
        first = msgspec.structs.replace(filed.inputs[0], base=filed.inputs[0].base + 5_00)
        return msgspec.structs.replace(filed, inputs=[first, *filed.inputs[1:]])

    def begun(session):
        county = session.scalars(select(Unit.id).where(Unit.level == "county")).one()
        who = {
            "begun_by": "甲",
            "begun_by_id": county,
            "begun_at": at(4, 1, NEXT),
            "ended_at": at(4, 1, NEXT),
        }
        session.add(YearClosing(year=YEAR, unit_id=county, branches=0, **who))
        fault = "base: 甲201村"
        session.add(ClosedBranch(unit_id=pool, year=YEAR, members=3, fault=fault, at=at(4, 1, NEXT)))

    def over(session):
        session.delete(session.get_one(ClosedBranch, (pool, YEAR)))
        session.delete(session.get_one(YearClosing, YEAR))

    with rewritten(hands, more), Changed(hands, begun, over):
        closing = hands.desk.get(f"/years/{YEAR}/closing").get_data(as_text=True)
        assert "基础分和县里结转的不一致：甲201村" in closing and f"/classes/classings/{key}" in closing
        assert "请支部重新办结" not in closing
        assert "退回乡镇" in page_of(hands)


def asked(hands, number, text):
    answer = hands.post(hands.branch[number], "/organisation/year-end/review", text=text)
    assert answer.status_code == 303, words(answer)
    with within(hands.county.tiers.county) as session:
        [one] = [one for one in reviews(session, YEAR) if one.state == "open"]
        return one.asked.id


def test_a_review_asked_in_time_and_upheld_after_the_year_closed_corrects_next_years_base(hands):
    one = asked(hands, 2, "三月有一件事没有计入")
    with within(hands.county.tiers.county) as session:
        assert carry_bases(session, hands.county.tiers.county.signer(), YEAR, at(3, 20, NEXT)) == 3
        session.get_one(Opened, YEAR).state = "closed"
    hands.on(4, 2)
    path = f"/classes/reviews/{one}"
    given = {"upheld": "yes", "grade": "fairly_good", "points": "10", "reason": "漏计一件"}
    decided = hands.post(hands.reviewer, f"{path}/decide", version=0, **given)
    assert decided.status_code == 303, words(decided)
    confirmed = hands.post(hands.director, f"{path}/confirm", version=1, reason="")
    assert confirmed.status_code == 303, words(confirmed)
    with within(hands.county.tiers.county) as session:
        carried = session.get_one(CarriedUnitBase, (hands.units[2], NEXT)).base
        assert unit_bases(session, NEXT)[hands.units[2]] == carried + 3_00
        assert [found.fault for found in classings_again(session, YEAR)] == [""]
    for tier in (hands.county.tiers.township, hands.county.tiers.branch):
        with within(tier) as session:
            assert bases_of(session, NEXT)[hands.units[2]] == carried + 3_00


def test_a_request_made_after_its_days_can_only_be_answered_with_the_class_as_it_is(hands):
    with within(hands.county.tiers.county) as session:
        [one] = reviews(session, YEAR)
        known = reviewing.class_of(session, hands.units[2], YEAR)
        out = replace(one, asked=replace(one.asked, at=at(5, 20, NEXT)))
        assert reviewing.out_of_time(session, out, known, YEAR)
        assert not reviewing.out_of_time(session, one, known, YEAR)


def test_who_proposed_elsewhere_under_the_same_name_judges_no_review_of_it(hands):
    with within(hands.county.tiers.county) as session:
        [one] = reviews(session, YEAR)
        standing = session.scalars(select(Filed)).one()
        filed = msgspec.json.decode(standing.body, type=ClassingFiled)
        who = actor(session, unit_by_code(session, "321323"), "county_reviewer")
        assert not reviewing.took_part(session, who, one, YEAR)
        assert reviewing.took_part(session, replace(who, name=filed.proposed_by), one, YEAR)


def test_what_comes_out_otherwise_is_returned_though_approved_and_done_anew_by_its_township(hands):
    with within(hands.county.tiers.county) as session:
        session.get_one(Opened, YEAR).state = "open"
    key, version = hands.filed().split(":")

    def more(filed):
        first = msgspec.structs.replace(filed.inputs[0], base=filed.inputs[0].base + 5_00)
        return msgspec.structs.replace(filed, inputs=[first, *filed.inputs[1:]])

    with rewritten(hands, more):
        path = f"/classes/classings/{key}/return"
        done = hands.post(hands.leader, path, version=version, reason="基础分和县里的不一致")
        assert done.status_code == 303, words(done)
    assert "基础分和县里的不一致" in words(hands.organiser.get("/classing"))
    assert hands.report(1).status_code == 303
    assert hands.check(1).status_code == 303
    assert hands.post(hands.organiser, "/classing/propose").status_code == 303
