"""A commitment not yet judged goes with its member: judged where the member is now, and only there."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.commitments import keeping, proposing
from services.branch.commitments.models import Commitment
from services.branch.commitments.proposing import NewCommitment, Picked
from services.branch.points.models import Claim, Statement
from shared.kit.errors import Refused
from shared.kit.units import unit_by_code
from tests.branch.points_hands import at, open_the_year
from tests.branch.transfer_hands import Mover

HERE, FAR = "321323001201", "321323002201"


@pytest.fixture(scope="module")
def moved(county):
    """One published with something done, one proposed, one judged; then the member goes."""
    open_the_year(county)
    here, far = Mover(county, HERE), Mover(county, FAR)
    [member] = here.members(1)
    county.settle()
    made = {name: propose(here, member, name) for name in ("published", "proposed", "judged")}
    for name in ("published", "judged"):
        picked = [Picked(made[name], 1)]
        here.work(lambda s, who, unit, _y, p=picked: proposing.publish(s, who, unit, p, at(1, 6)))
    progress(here, made["published"], 6, date(2026, 1, 20))
    here.work(
        lambda s, who, unit, _y: keeping.judge_commitment(s, who, unit, Picked(made["judged"], 2), at(2, 1))
    )
    waiting = here.work(
        lambda s, _w, unit, _y: list(s.scalars(select(Claim.id).where(Claim.unit_id == unit.id)))
    )
    here.approve(*waiting, now=at(2, 1))
    here.move(member, far, at(2, 2))
    return here, far, member, made


def claims(branch):
    """What progress filed and nobody has decided."""
    query = select(Claim.id).where(Claim.state == "waiting")
    return branch.work(lambda s, _w, unit, _y: list(s.scalars(query.where(Claim.unit_id == unit.id))))


def propose(branch, member, name):
    new = NewCommitment(
        uuid4(), member, f"{name}：全年帮助 3 户困难群众解决用水", "困难群众", 12, "次", date(2026, 12, 1)
    )
    branch.work(lambda s, who, unit, year: proposing.propose(s, who, unit, year, [new], at(1, 5)))
    return new.id


def progress(branch, commitment, amount, day):
    def act(session, who, unit, year):
        one = keeping.commitment_of(session, unit, commitment)
        now = at(day.month, day.day)
        keeping.add_progress(
            session, who, unit, year, one, uuid4(), day, amount, "为王家接通自来水", "王组长", now
        )

    branch.work(act)


def at_branch(county, code, member):
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, code)
        query = select(Commitment).where(Commitment.unit_id == unit.id, Commitment.member_id == member)
        return {one.what.partition("：")[0]: one for one in session.scalars(query)}


def test_what_is_open_is_at_the_new_branch_with_what_was_done(county, moved):
    _here, far, member, made = moved
    found = at_branch(county, FAR, member)
    assert {name: one.state for name, one in found.items()} == {
        "published": "published",
        "proposed": "proposed",
    }
    assert found["published"].came_from == "甲201村"
    done = far.work(lambda s, _w, _u, _y: keeping.achieved(s, found["published"].id))
    assert done == 6
    left = at_branch(county, HERE, member)
    assert {name for name, one in left.items() if one.handed_in} == {"published", "proposed"}
    assert left["judged"].id == made["judged"]


def test_the_new_branch_reviews_what_is_done_and_judges_and_the_old_one_cannot(county, moved):
    here, far, member, made = moved
    for act in (
        lambda: progress(here, made["published"], 6, date(2026, 2, 3)),
        lambda: here.work(
            lambda s, who, unit, _y: keeping.judge_commitment(
                s, who, unit, Picked(made["published"], 3), at(3, 1)
            )
        ),
    ):
        with pytest.raises(Refused, match="随组织关系转走"):
            act()
    one = at_branch(county, FAR, member)["published"]
    progress(far, one.id, 6, date(2026, 3, 2))
    judged = far.work(
        lambda s, who, unit, _y: (
            keeping.judge_commitment(s, who, unit, Picked(one.id, one.version), at(3, 3)).verdict
        )
    )
    assert judged == "done", "six here and six there"
    page = county.client("branch", HERE).get("/commitments?year=2026").get_data(as_text=True)
    assert "published：" not in page


def test_nobody_counts_it_twice(county, moved):
    here, far, _member, _made = moved
    for branch, expected in ((here, 1), (far, 2)):
        statement = branch.close(1)
        with within(county.tiers.branch) as session:
            assert session.get_one(Statement, statement).figures["commitments"] == expected


def test_who_comes_back_brings_it_back_once(county, moved):
    here, far, member, _made = moved
    far.work(
        lambda s, who, unit, _y: proposing.publish(
            s, who, unit, [Picked(at_branch(county, FAR, member)["proposed"].id, 1)], at(3, 4)
        )
    )
    far.approve(*claims(far), now=at(3, 4))
    far.move(member, here, at(3, 5))
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, HERE)
        query = select(Commitment).where(Commitment.unit_id == unit.id, Commitment.handed_in.is_(None))
        found = sorted((one.what.partition("：")[0], one.state) for one in session.scalars(query))
    assert found == [("judged", "judged"), ("proposed", "published")]
