"""A branch with too few people to settle a case: its general branch or its township stands in for it."""

import re

import pytest
from sqlalchemy import create_engine, select, update
from sqlalchemy.pool import NullPool

from deploy.demo.tiers import within
from services.branch.outcomes.models import OutcomeWord as BranchWord
from services.branch.outcomes.referring import hand_up
from services.county.outcomes.desk import READING
from services.county.outcomes.models import OutcomeWord as CountyWord
from services.township.outcomes.models import OutcomeWord as TownshipWord
from shared.contracts.outcomes import CasesTold, WordLine
from shared.kit.accounts import Account, add_account, hash_password
from shared.kit.ids import new_id
from shared.kit.units import Unit, unit_by_code
from shared.outcomes.keeping import keep_passed
from shared.sync.refusal import Unacceptable
from tests.branch.appraisal_hands import PASSWORD, page
from tests.branch.general_hands import GENERAL, found_general
from tests.branch.outcome_hands import Decided
from tests.branch.points_hands import VILLAGE, at
from tests.township.conftest import ORGANISER, SECRETARY

WORDS = {"branch": BranchWord, "township": TownshipWord, "county": CountyWord}


class Few(Decided):
    """A branch where only the secretary, of whom no card is known, and one committee member are left."""

    def seats(self, *logins, open):
        """Close or open accounts of the branch service."""
        with within(self.county.tiers.branch) as session:
            session.execute(update(Account).where(Account.login.in_(logins)).values(disabled=not open))

    def card(self, login, person):
        """Whose account it is."""
        with within(self.county.tiers.branch) as session:
            session.execute(update(Account).where(Account.login == login).values(person_id=person))

    def timer(self):
        hand_up(self.county.tiers.branch)
        self.county.settle()

    def words(self, where, case):
        table = WORDS[where]
        with within(getattr(self.county.tiers, where)) as session:
            query = select(table).where(table.case_id == case.id).order_by(table.at, table.id)
            return [(one.kind, one.tier, one.by) for one in session.scalars(query)]

    def about(self, number, where="branch"):
        """The reward proposed for one of the people."""
        return self.case(where, code="material_reward", member_id=self.people[number])


@pytest.fixture(scope="module")
def year(county):
    made = Few.at_outcomes(county)
    made.seats(f"{VILLAGE}-wy", "committee-2", open=False)
    return made


@pytest.fixture(scope="module")
def organiser(year):
    return year.county.client("township", ORGANISER)


@pytest.fixture(scope="module")
def leader(year):
    return year.county.client("township", SECRETARY)


def test_what_no_second_person_of_the_branch_may_confirm_is_handed_to_the_township(year):
    assert year.secretary.post("/outcomes/draw-up").status_code == 303
    year.county.settle()
    for where in ("branch", "township", "county"):
        own, other = year.about(0, where), year.about(1, where)
        assert (own.referred_to, own.referred_whole) == ("township", False), where
        assert other.referred_to == "", "with two who may, it stays at the branch"
    year.timer()
    assert [kind for kind, _tier, _by in year.words("branch", year.about(0))] == ["referred"], "and once"


def test_the_branch_decides_and_the_township_finds_it_on_its_desk_and_is_told_why(year, organiser):
    assert year.word(organiser, "decided", year.about(0, "township"), verdict="applied").status_code == 409
    assert "结果运用等您" not in page(organiser.get("/"))
    year.many(year.secretary, "apply", [year.about(0)])
    assert "1 项结果运用等您确认" in page(organiser.get("/"))
    found = page(organiser.get(f"/outcomes/{year.about(0, 'township').id}"))
    assert "支部没有第二人可以确认，由乡镇党委确认" in found
    assert "等乡镇党委确认" in page(year.secretary.get(f"/outcomes/{year.about(0).id}"))
    assert "没有第二人" not in page(organiser.get(f"/outcomes/{year.about(1, 'township').id}"))


def test_nobody_of_the_branch_confirms_it_and_the_township_no_other(year, organiser):
    own = year.about(0)
    for client in (year.secretary, year.committee):
        assert year.word(client, "confirmed", own).status_code in (404, 409)
    year.many(year.secretary, "apply", [year.about(1)])
    refused = year.word(organiser, "confirmed", year.about(1, "township"))
    assert (refused.status_code, "这一步由另一级办理" in page(refused)) == (409, True)
    assert {year.about(0).state, year.about(1).state} == {"decided"}


def test_the_townships_word_holds_in_every_tier_under_its_own_name(year, organiser):
    back = year.word(organiser, "sent_back", year.about(0, "township"), text="请附评议材料")
    assert back.status_code == 303
    assert year.about(0).state == "open", "sent back it is the branch's again to decide"
    year.many(year.secretary, "apply", [year.about(0)])
    picked = year.about(0, "township")
    assert year.many(organiser, "confirm", [picked]).status_code == 303
    for where in ("branch", "township", "county"):
        assert year.about(0, where).state == "in_force", where
        assert year.words(where, picked)[-1] == ("confirmed", "township", "组织委员（演示）"), where
    assert "组织委员（演示）（乡镇党委）" in page(year.secretary.get(f"/outcomes/{picked.id}"))


def test_after_a_restore_that_lost_the_account_nobody_of_that_name_confirms(year):
    """Own words come back with a name and no account."""
    engine = create_engine(year.county.settings["branch"].owner_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        lost = update(BranchWord).where(BranchWord.case_id == year.about(1).id)
        connection.execute(lost.values(by_id=None))
    engine.dispose()
    case = year.about(1)
    assert case.state == "decided"
    refused = year.word(year.secretary, "confirmed", case)
    assert (refused.status_code, "账号无从核对" in page(refused)) == (409, True)
    waiting = page(year.secretary.get("/outcomes?state=confirm"))
    assert str(case.id) not in waiting, "nor does it wait for him"
    assert year.word(year.committee, "confirmed", case).status_code == 303


def test_a_township_says_nothing_about_a_case_that_was_not_handed_to_it(year):
    case = year.about(1)
    said = ("confirmed", "", "", {}, "某人", at(1, 26, 2027).isoformat())
    line = WordLine(new_id(), case.id, case.member_id, *said)
    with within(year.county.tiers.county) as session:
        with pytest.raises(Unacceptable):
            keep_passed(session, READING, [CasesTold(case.unit_id, "township", [], [line])])
        with pytest.raises(Unacceptable):
            keep_passed(session, READING, [CasesTold(case.unit_id, "county", [], [])])


@pytest.fixture(scope="module")
def general(year):
    """A general branch looks after the branch now: a secretary and a deputy."""
    found_general(year.county)
    with within(year.county.tiers.branch) as session:
        posts = [("general_secretary", unit_by_code(session, GENERAL))]
        secret = hash_password(PASSWORD)
        add_account(session, "deputy", "副书记（演示）", secret, posts, at(1, 3), year.people[3])
    return year.county.client("branch", GENERAL, "general_secretary")


def test_the_general_branch_comes_before_the_township(year, general):
    with within(year.county.tiers.branch) as session:
        assert session.scalars(select(Unit.general_id).where(Unit.code == VILLAGE)).one() is not None
    waits = [one for one in year.cases(tier="branch", state="open") if one.member_id == year.people[4]]
    case = next(one for one in waits if one.code not in ("alert_notice", "help_talk"))
    year.card("committee", case.member_id)
    year.timer()
    case = year.case(id=case.id)
    assert (case.referred_to, case.referred_whole) == ("general", False)
    if "先听取" in page(year.secretary.get(f"/outcomes/{case.id}")):
        year.let_speak(year.secretary, case, text="没有意见")
    assert year.word(year.secretary, "decided", year.case(id=case.id), verdict="applied").status_code == 303
    assert "1 项结果运用等您确认" in page(general.get("/"))
    listed = page(general.get("/outcomes?state=all"))
    assert listed.count("/outcomes/") and str(case.id) in listed
    other = year.about(1)
    assert general.get(f"/outcomes/{other.id}").status_code == 404, "it sees what was handed to it"
    shown = page(general.get(f"/outcomes/{case.id}"))
    assert "由党总支确认" in shown
    linked = set(re.findall(r'href="(/(?:outcomes|appraisal)/[^"?]*)', shown))
    assert all(general.get(one).status_code == 200 for one in linked), "and is led to nothing it may not see"
    assert year.word(general, "confirmed", year.case(id=case.id)).status_code == 303
    assert [one.state for one in year.cases("county", id=case.id)] == ["in_force"]
    assert "（党总支）" in page(year.secretary.get(f"/outcomes/{case.id}"))
    year.card("committee", year.people[0])


def test_with_nobody_left_there_the_township_is_asked_again(year, general):
    waits = [one for one in year.cases(tier="branch", state="open") if one.referred_to == "general"]
    assert waits
    year.seats(GENERAL, "deputy", open=False)
    year.timer()
    assert {year.case(id=one.id).referred_to for one in waits} == {""}, "two who may are back at the branch"
    year.seats("committee", open=False)
    year.timer()
    assert {year.case(id=one.id).referred_to for one in waits} == {"township"}
    year.seats("committee", open=True)
    year.timer()
    assert {year.case(id=one.id).referred_to for one in waits} == {"township"}, "its word may be on its way"


def test_who_has_the_members_name_and_no_card_stands_in_for_nothing_about_him(year, organiser):
    year.secretary.post("/outcomes/draw-up")
    case = year.case(code="help_talk")
    year.seats("committee", open=False)
    year.timer()
    year.word(year.secretary, "decided", year.case(code="help_talk"), verdict="applied")
    with within(year.county.tiers.township) as session:
        member = "党员5（合成）"
        session.execute(update(Account).where(Account.login == ORGANISER).values(name=member))
    held = year.case("township", code="help_talk")
    refused = year.word(organiser, "confirmed", held)
    assert (refused.status_code, "您与本人同名" in page(refused)) == (409, True)
    with within(year.county.tiers.township) as session:
        session.execute(update(Account).where(Account.login == ORGANISER).values(name="组织委员（演示）"))
    answer = year.word(organiser, "confirmed", held)
    assert answer.status_code == 303, page(answer)
    assert year.case(id=case.id).state == "in_force"
    year.seats("committee", open=True)


def test_where_nobody_else_is_left_the_township_decides_and_another_there_confirms(year, organiser, leader):
    """The secretary's account is closed: the only one left is whom it is about."""
    year.secretary.post("/outcomes/draw-up")
    alert = year.case(code="alert_notice")
    year.let_speak(year.secretary, alert)
    with within(year.county.tiers.branch) as session:
        session.execute(update(Account).where(Account.login == "committee").values(person_id=alert.member_id))
    year.seats(VILLAGE, open=False)
    year.timer()
    alert = year.case("township", code="alert_notice")
    assert (alert.referred_to, alert.referred_whole) == ("township", True)
    assert "由乡镇党委决定，并由乡镇党委另一人确认" in page(organiser.get(f"/outcomes/{alert.id}"))
    assert year.word(year.committee, "heard", year.case(code="alert_notice"), text="…").status_code in (
        404,
        409,
    )
    assert year.word(organiser, "decided", alert, verdict="applied").status_code == 303
    alert = year.case("township", code="alert_notice")
    twice = year.word(organiser, "confirmed", alert)
    assert (twice.status_code, "决定和确认要由两个人分别办理" in page(twice)) == (409, True)
    assert year.word(leader, "confirmed", alert).status_code == 303
    assert [one.state for one in year.cases(code="alert_notice")] == ["in_force"]
    year.seats(VILLAGE, open=True)
    year.card("committee", year.people[0])
