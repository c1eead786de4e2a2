"""A month of a branch under a general branch: endorsed and sent up, or sent back and answered."""

from dataclasses import replace

import msgspec
import pytest
from sqlalchemy import create_engine, delete, func, select
from sqlalchemy.pool import NullPool

from deploy.demo.people import actor, login_name
from deploy.demo.tiers import within
from services.branch.generals import endorsing, submitting
from services.branch.generals.models import Endorsement, Submission
from services.branch.points import closing
from services.branch.points.models import Statement
from services.branch.points.receiving import recover_statements
from services.county.points.models import ApprovedStatement
from services.township.statements.models import ReceivedStatement, StatementReview
from shared.contracts.statements import StatementClosed
from shared.kit.accounts import Account, add_post, signed_in
from shared.kit.errors import Absent, Refused
from shared.kit.ids import new_id
from shared.kit.scope import EVERYTHING
from shared.kit.units import unit_by_code
from shared.sync.records import Received
from tests.branch.general_hands import GENERAL, SISTER, General, found_general, put_under, take_out
from tests.branch.points_hands import VILLAGE, Branch, Township, at, open_the_year

THIRD = "321323001203"


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    found_general(county, VILLAGE, SISTER)
    return Branch(county)


@pytest.fixture(scope="module")
def general(county, branch):
    return General(county)


@pytest.fixture(scope="module")
def township(county, branch):
    return Township(county)


def received(township, statement):
    found = township.received(statement)
    return found and msgspec.json.decode(found.original, type=StatementClosed)


def test_a_closed_month_waits_and_the_township_has_nothing(branch, general, township) -> None:
    mary, john = branch.members(2)
    branch.approve(branch.claim(mary), branch.claim(john))
    statement = branch.close(1)
    assert township.received(statement) is None
    assert general.waiting() == [statement]


def test_the_next_month_is_not_closed_meanwhile(branch) -> None:
    with pytest.raises(Refused, match="1 月的月报党总支还没有审核通过"):
        branch.close(2)


def test_endorsed_it_goes_up_with_the_name_and_is_counted_equal(branch, general, township) -> None:
    (statement,) = general.waiting()
    general.endorse(statement)
    assert general.waiting() == []
    found = received(township, statement)
    assert found.endorsed_by == "党总支书记（演示）"
    assert found.general_id == branch.county.unit("branch", GENERAL).id
    assert township.received(statement).differences == []


def test_it_goes_on_two_tiers_as_any_other(branch, township) -> None:
    with within(branch.county.tiers.township) as session:
        statement = session.scalars(select(ReceivedStatement.id)).one()
    township.accept(statement)
    township.approve(statement)
    with within(branch.county.tiers.county) as session:
        assert session.scalars(select(ApprovedStatement.id)).one() == statement


def test_what_was_decided_meanwhile_is_not_decided_again(branch, general) -> None:
    with within(branch.county.tiers.branch) as session:
        done = session.scalars(select(Statement.id).where(Statement.unit_id != None)).first()  # noqa: E711
    for act in (general.endorse, general.send_back):
        with pytest.raises(Refused, match="刚刚被别人办理过"):
            act(done)


def test_sent_back_the_branch_answers_with_a_further_part_and_both_go_up(branch, general, township) -> None:
    with within(branch.county.tiers.branch) as session:
        mary = closing.members(session, unit_by_code(session, VILLAGE).id)[0].id
    claim = branch.claim(mary, day=at(2, 10).date())
    branch.approve(claim, branch.claim(mary, day=at(2, 12).date(), what="走访了李四家"), now=at(3, 1))
    first = branch.close(2)
    general.send_back(first, now=at(3, 2))
    back = branch.work(lambda s, who, unit, year: closing.sent_back(s, unit.id, year.year, 2).reason)
    assert back == "三号党员多记了一次"
    assert township.received(first) is None
    with pytest.raises(Refused, match="2 月的月报党总支还没有审核通过"):
        branch.close(3)
    branch.strike(claim, at(3, 3))
    second = branch.close(2, now=at(3, 4), note="已核减")
    assert general.waiting() == [second]
    general.endorse(second, now=at(3, 5))
    parts = [township.received(one) for one in (first, second)]
    assert [one.part for one in parts] == [1, 2]
    assert [one.differences for one in parts] == [[], []]
    assert received(township, first).endorsed_by


def test_the_township_approves_the_answer_and_both_parts_are_settled(branch, township) -> None:
    with within(branch.county.tiers.township) as session:
        query = select(ReceivedStatement.id).where(ReceivedStatement.month == 2, ReceivedStatement.part == 2)
        last = session.scalars(query).one()
    township.accept(last)
    township.approve(last)
    with within(branch.county.tiers.township) as session:
        states = session.scalars(select(StatementReview.state)).all()
    with within(branch.county.tiers.county) as session:
        assert session.scalar(select(func.count()).select_from(ApprovedStatement)) == 3
    assert states == ["approved"] * 3


def test_what_the_township_sends_back_is_answered_through_the_general_branch(
    branch, general, township
) -> None:
    third = branch.close(3)
    general.endorse(third, now=at(4, 2))
    township.send_back(third)
    answer = branch.close(3, now=at(4, 5), note="已核对")
    assert township.received(answer) is None
    general.endorse(answer, now=at(4, 6))
    assert township.received(answer).part == 2
    township.accept(answer)
    township.approve(answer)


def test_nobody_endorses_what_he_closed_himself(branch, general, township) -> None:
    with within(branch.county.tiers.branch) as session:
        village, unit = unit_by_code(session, VILLAGE), unit_by_code(session, GENERAL)
        login = login_name(village, "branch_secretary")
        account = session.scalars(select(Account).where(Account.login == login)).one()
        add_post(session, account, "general_secretary", unit)
        found = signed_in(session, account.id)
    assert found.unit.code == VILLAGE
    fourth = branch.close(4)
    with pytest.raises(Refused, match="是您本人办的"):
        General(branch.county, VILLAGE, "branch_secretary").endorse(fourth)
    assert general.waiting() == [fourth]


def test_nor_what_he_closed_a_part_of_that_goes_up_with_another_mans_answer(branch, general) -> None:
    """The part sent back is his; a colleague closes the answer, and both would go up together."""
    (fourth,) = general.waiting()
    general.send_back(fourth, now=at(5, 2))

    def answer(session, who, unit, year):
        colleague = replace(who, account_id=new_id(), name="另一位副书记（演示）")
        return closing.close_month(session, colleague, unit, year, 4, at(5, 2), "已核对").id

    second = branch.work(answer)
    leader = General(branch.county, VILLAGE, "branch_secretary")
    with pytest.raises(Refused, match="是您本人办的"):
        leader.endorse(second)
    assert general.waiting() == [second]
    client = branch.county.client("branch", VILLAGE)
    listed = client.get("/general").get_data(as_text=True)
    assert f'value="{second}:0"' not in listed, "nor is it offered"


def test_another_general_branchs_branch_is_absent(branch, general) -> None:
    stranger = Branch(branch.county, THIRD)
    stranger.members(1)
    straight = stranger.close(1)
    with within(branch.county.tiers.branch) as session:
        assert session.get(Submission, straight) is None
    with pytest.raises(Absent):
        general.endorse(straight)


def test_rows_of_strangers_are_out_of_reach_of_the_database_role(branch) -> None:
    county = branch.county
    with within(county.tiers.branch) as session:
        sister = actor(session, unit_by_code(session, SISTER), "branch_secretary").scope
        leader = actor(session, unit_by_code(session, GENERAL), "general_secretary").scope
    for scope, many in ((sister, 0), (leader, 7), (EVERYTHING, 7)):
        with county.tiers.branch.database.transaction(scope) as session:
            assert session.scalar(select(func.count()).select_from(Submission)) == many


def test_a_branch_taken_out_sends_on_what_waited(branch, general, township) -> None:
    (fourth,) = general.waiting()
    take_out(branch.county, VILLAGE)
    with pytest.raises(Absent):
        general.endorse(fourth)
    branch.work(lambda s, who, unit, _year: submitting.pass_on(s, who, unit, at(5, 3)))
    branch.county.settle()
    assert received(township, fourth).endorsed_by == ""
    straight = branch.close(5)
    assert township.received(straight).differences == []


def test_under_a_general_branch_nothing_is_passed_over_its_head(branch) -> None:
    put_under(branch.county, VILLAGE)
    with pytest.raises(Refused, match="要等党总支审核"):
        branch.work(lambda s, who, unit, _year: submitting.pass_on(s, who, unit, at(6, 3)))


def test_a_restore_brings_endorsed_months_back_as_endorsed(branch, general, township) -> None:
    sixth = branch.close(6)
    general.endorse(sixth, now=at(7, 2))
    body = received(township, sixth)
    runtime = branch.county.tiers.branch
    unit = branch.county.unit("branch", VILLAGE).id
    raw = township.received(sixth).original
    item = Received("up", unit, 1, 1, b"", body.KIND, body.VERSION, unit, at(7, 2), b"", raw, body)

    def recovered():
        with within(runtime) as session:
            recover_statements(session, [item], at(8, 1))
            one = submitting.word_on(session, sixth)
            return one.state, one.gone, one.said.by

    owner = branch.county.settings["branch"].owner_database_url
    _forget(owner, Endorsement, sixth)
    assert recovered() == ("endorsed", True, "党总支书记（演示）")
    _forget(owner, Endorsement, sixth)
    _forget(owner, Submission, sixth)
    assert recovered() == ("endorsed", True, "党总支书记（演示）")
    assert general.waiting() == []


def _forget(owner, table, submission):
    engine = create_engine(owner, poolclass=NullPool)
    with engine.begin() as connection:
        key = table.submission_id if table is Endorsement else table.id
        connection.execute(delete(table).where(key == submission))
    engine.dispose()


def test_bulk_is_all_or_none(branch, general) -> None:
    sister = Branch(branch.county, SISTER)
    sister.members(1)
    one, other = sister.close(1), branch.close(7)
    with within(branch.county.tiers.branch) as session:
        who = actor(session, unit_by_code(session, GENERAL), "general_secretary")
        assert endorsing.how_many_wait(session, who) == 2
        stale = [endorsing.Seen(one, 0), endorsing.Seen(other, 1)]
        with pytest.raises(Refused, match="没有改动任何一份"):
            endorsing.endorse(session, who, stale, at(8, 2))
    assert set(general.waiting()) == {one, other}
    assert general.endorse(one, other, now=at(8, 2)) == 2
