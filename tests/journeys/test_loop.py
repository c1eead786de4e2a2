"""The demo's members over three tiers: what branches post is what the county's ledger says."""

from collections.abc import Callable

from sqlalchemy import func, select

from deploy.demo.loop import Loop
from deploy.demo.profiles import shape_of
from deploy.demo.tiers import within
from services.branch.points.models import StatementLine
from services.county.points.models import LedgerLine
from services.township.statements.models import ReceivedStatement
from tests.county import County, small_tree


def test_two_months_of_the_demo_reach_the_ledger_and_a_second_run_changes_nothing(county: County) -> None:
    def wait_for(what: str, done: Callable[[], int], total: int) -> None:
        county.settle()
        assert done() >= total, what

    shape = shape_of("siyang", small_tree(), months=2)
    loop = Loop(county.tiers, 7, wait_for, shape, county.passwords)
    loop.play()
    found = loop.summary()
    assert (found["members"], found["commitments"], found["statements_approved"]) == (120, 240, 12)
    assert found["claims"] >= 120 * 2 * 3
    with within(county.tiers.branch) as session:
        posted = session.scalar(select(func.sum(StatementLine.total)))
    with within(county.tiers.county) as session:
        assert session.scalar(select(func.sum(LedgerLine.total))) == posted
    with within(county.tiers.township) as session:
        assert not any(session.scalars(select(ReceivedStatement.differences)))
    loop.play()
    assert loop.summary() == found
    member = county.app("branch").test_client()
    login = {"login": "321323001201-dy", "password": county.passwords["member"]}
    assert member.post("/login", data=login).status_code == 302
    assert "党员02（合成）" in member.get("/my").get_data(as_text=True)
