"""Two accounts of one card, or one name where no card says otherwise, are one person where two are asked."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.ballots import boxes, counting
from services.branch.ballots.boxes import Teller
from services.branch.colleagues import has_colleague
from services.branch.points import deciding, filing
from services.branch.points.deciding import Chosen
from services.branch.points.filing import NewClaim
from services.township.statements import reviewing
from services.township.statements.reading import waiting
from services.township.statements.reviewing import Seen
from shared.kit.accounts import Account, add_account, signed_in
from shared.kit.errors import Refused
from shared.kit.persons import done_by, same_person
from shared.kit.units import unit_by_code
from shared.rules.points.claims import Claimed
from tests.branch.points_hands import TOWNSHIP, VILLAGE, Branch, Township, at, open_the_year

NOW = at(12, 28)


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    return Branch(county)


@pytest.fixture(scope="module")
def people(branch):
    return branch.members(6)


@pytest.fixture(scope="module")
def accounts(county, branch, people):
    """One card with two accounts, a namesake with another card, a namesake without any."""
    given = {
        "first": ("党员1（合成）", "branch_secretary", people[0]),
        "second": ("党员一（合成）", "branch_committee", people[0]),
        "namesake": ("党员1（合成）", "branch_committee", people[4]),
        "cardless": ("党员1（合成）", "branch_committee", None),
    }
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, VILLAGE)
        for login, (name, role, person) in given.items():
            add_account(session, login, name, "x", [(role, unit)], at(1, 3), person)
    return given


def by(county, login, act):
    """What `act` does as this account."""
    with within(county.tiers.branch) as session:
        account = session.scalars(select(Account).where(Account.login == login)).one()
        who = signed_in(session, account.id)
        return act(session, who, unit_by_code(session, VILLAGE))


def ids(county):
    with within(county.tiers.branch) as session:
        return {one.login: (one.id, one.name) for one in session.scalars(select(Account))}


def test_who_is_the_same_person_is_said_once_for_pages_and_for_lists(county, accounts):
    known = ids(county)
    expected = {"first": True, "second": True, "namesake": False, "cardless": True}
    for login, same in expected.items():
        held, name = known[login]
        assert by(county, "first", lambda s, who, _u, a=held, n=name: same_person(s, who, a, n)) is same

        def listed(session, who, _unit, login=login):
            query = select(Account.id).where(done_by(who, Account.id, Account.name), Account.login == login)
            return session.scalars(query).first() is not None

        assert by(county, "first", listed) is same
    assert by(county, "first", lambda s, who, _u: same_person(s, who, None, "党员一（合成）")) is True
    assert by(county, "first", lambda s, who, _u: same_person(s, who, None, "别人（合成）")) is False


def test_paper_that_one_account_entered_is_not_confirmed_by_the_same_persons_other_account(
    county, branch, people, accounts
):
    def opened(session, who, unit, year):
        tellers = [Teller(one, "") for one in people[2:4]]
        return boxes.open_box(session, who, unit, year, "members", tellers, NOW, paper=True).id

    box = branch.work(opened)
    book = branch.work(lambda _s, _who, _unit, year: year.appraisal)
    counts = {str(one): {"excellent": 5} for one in people}

    def entered(session, who, unit):
        counting.enter_paper(session, who, book, unit, box, 5, people[:5], counts, NOW)

    def agreed(session, who, unit):
        counting.confirm_paper(session, who, unit, box, NOW)

    by(county, "first", entered)
    for login in ("second", "cardless"):
        with pytest.raises(Refused, match="两个人核对"):
            by(county, login, agreed)
    by(county, "namesake", agreed)


def test_a_teller_without_a_card_but_with_the_openers_name_is_the_opener(county, branch, people, accounts):
    def opened(session, who, unit):
        year = branch.work(lambda _s, _who, _unit, year: year)
        tellers = [Teller(one, "") for one in people[0:2]]
        boxes.open_box(session, who, unit, year, "masses", tellers, NOW, paper=True)

    for login in ("first", "cardless"):
        with pytest.raises(Refused, match="不能兼任监票人"):
            by(county, login, opened)


def test_a_claim_filed_for_somebody_is_not_approved_through_the_other_account(
    county, branch, people, accounts
):
    year = branch.work(lambda _s, _who, _unit, year: year)
    claimed = Claimed("household", at(12, 10).date(), times=1, what="走访联系户三户", witness="王组长")
    new = NewClaim(uuid4(), people[3], claimed)
    by(county, "first", lambda s, who, unit: filing.file_claims(s, who, unit, year, [new], at(12, 11)))
    chosen = [Chosen(new.id, branch.version(new.id))]
    with pytest.raises(Refused, match="您代报的"):
        by(county, "second", lambda s, who, unit: deciding.approve(s, who, unit, year, chosen, at(12, 12)))


def test_ones_other_account_is_no_colleague(county, accounts):
    with within(county.tiers.branch) as session:
        for one in session.scalars(select(Account).where(Account.login.in_([VILLAGE, "namesake"]))):
            one.disabled = True
        others = select(Account).where(Account.login.like(f"{VILLAGE}-%"))
        for one in session.scalars(others):
            one.disabled = True
    assert by(county, "first", lambda s, who, unit: has_colleague(s, unit, who, "claim.review")) is False
    with within(county.tiers.branch) as session:
        for one in session.scalars(select(Account)):
            one.disabled = False
    assert by(county, "first", lambda s, who, unit: has_colleague(s, unit, who, "claim.review")) is True


def test_at_the_township_two_accounts_of_one_name_do_not_accept_and_approve(county, branch, people):
    statement = branch.close(1)
    with within(county.tiers.township) as session:
        unit = unit_by_code(session, TOWNSHIP)
        organiser = select(Account).where(Account.login == f"{TOWNSHIP}-zz")
        name = session.scalars(organiser).one().name
        made = add_account(session, "again", name, "x", [("township_secretary", unit)], at(1, 3))
        again = made.id
    township = Township(county)
    township.accept(statement)
    with within(county.tiers.township) as session:
        who = signed_in(session, again)
        assert waiting(session, who).own == 1
        with pytest.raises(Refused, match="两个人分别办理"):
            reviewing.approve(session, who, [Seen(statement, 1)], at(2, 3))
    township.approve(statement)
