"""Two who say something about one case at the same moment: neither word is missing from where it stands."""

import threading
from uuid import UUID

import pytest
from sqlalchemy import event, select, text, update

from deploy.demo.tiers import within
from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import OutcomeCase, OutcomeWord
from services.branch.outcomes.referring import hand_up
from shared.kit.accounts import Account
from shared.kit.db import insert_rows
from shared.kit.ids import new_id
from shared.outcomes.keeping import refold
from tests.branch.points_hands import VILLAGE, YEAR, at, open_the_year

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def opened(county, member=None, **more):
    """A reward proposed at the branch."""
    case = {
        "id": new_id(), "unit_id": county.unit("branch", VILLAGE).id, "member_id": member or new_id(),
        "year": YEAR, "sort": "outcome", "tier": "branch", "code": "material_reward", "against": None,
        "rulebook": "", "reasons": [], "text": "", "codes": [], "run_id": None, "opened_by": "",
        "opened_at": at(1, 1), "state": "open", "version": 0, "referred_to": "", "referred_whole": False,
    }  # fmt: skip
    with within(county.tiers.branch) as session:
        insert_rows(session, OutcomeCase, [case | more])
    return case


def say(session, case, kind, when, verdict=""):
    word = {
        "id": new_id(), "case_id": case["id"], "unit_id": case["unit_id"], "member_id": case["member_id"],
        "kind": kind, "verdict": verdict, "text": "", "data": {}, "tier": "branch", "by": "甲",
        "by_id": None, "at": when,
    }  # fmt: skip
    insert_rows(session, OutcomeWord, [word])


def standing(county, case):
    with within(county.tiers.branch) as session:
        found = session.get_one(OutcomeCase, case["id"])
        return found.state, found.version


@pytest.fixture(scope="module", autouse=True)
def _year(county):
    open_the_year(county)


def waits(county):
    """Whether somebody waits for another at the branch's database."""
    with within(county.tiers.branch) as session:
        return session.scalar(WAITING)


def test_whoever_comes_second_sees_what_the_first_said(county):
    case = opened(county)

    def second():
        with within(county.tiers.branch) as session:
            say(session, case, "heard", at(1, 2))
            refold(session, DESK, [case["id"]])

    other = threading.Thread(target=second)
    with within(county.tiers.branch) as session:
        say(session, case, "decided", at(1, 3), "applied")
        refold(session, DESK, [case["id"]])
        other.start()
        while other.is_alive() and not waits(county):
            other.join(0.05)
    other.join()
    assert standing(county, case) == ("decided", 2)


def test_a_look_over_open_cases_reads_those_alone_that_may_have_to_be_handed_up(county):
    """However many are open, once a minute: the others are not even read."""
    cases = {opened(county)["id"] for _n in range(5)}
    own = opened(county, card(county, VILLAGE))["id"]
    assert (looked_at(county) & {own, *cases}, referred(county)) == ({own}, {own})
    seats(county, f"{VILLAGE}-wy", open=False)
    assert cases <= looked_at(county)
    assert referred(county) >= {own, *cases}, "one person settles nothing alone"
    assert not looked_at(county) & {own, *cases}, "and once"


def looked_at(county):
    """The cases that were read with their words."""
    found, engine = set(), county.tiers.branch.database.engine

    def note(_connection, _cursor, statement, given, *_more):
        if "FROM outcome_word" in statement:
            ids = given["param_1"].strip("{}")
            found.update(map(UUID, ids.split(",") if ids else ()))

    event.listen(engine, "before_cursor_execute", note)
    hand_up(county.tiers.branch)
    event.remove(engine, "before_cursor_execute", note)
    return found


def referred(county):
    with within(county.tiers.branch) as session:
        return set(session.scalars(select(OutcomeCase.id).where(OutcomeCase.referred_to != "")))


def seats(county, login, *, open):
    with within(county.tiers.branch) as session:
        session.execute(update(Account).where(Account.login == login).values(disabled=not open))


def card(county, login):
    """Whose account it is, from now on."""
    person = new_id()
    with within(county.tiers.branch) as session:
        session.execute(update(Account).where(Account.login == login).values(person_id=person))
    return person
