"""A county in Yanting's shape, small: a whole year by the product's own actions, closed, worked out again."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import NullPool, create_engine, func, select
from sqlalchemy.orm import Session

from deploy.demo.county_end import CountyEnd
from deploy.demo.loop import Loop
from deploy.demo.moments import YEAR_CLOSED
from deploy.demo.tiers import within
from deploy.demo.yanting import ORGANS, PARK, RURAL_TOWNSHIP, STREET, TOWN, WHOLE, Size, yanting
from services.branch.appraisal.models import Feedback
from services.branch.generals.models import Endorsement
from services.branch.organisation.models import TABLES, OrganisationSaid
from services.branch.outcomes.models import OutcomeRun as BranchRun
from services.branch.outcomes.recomputing import runs_again
from services.branch.roster.models import Member
from services.county.grades.models import ConfirmedAppraisal
from services.county.points.models import ApprovedStatement
from services.county.years.recomputing import recompute
from services.county.years.working import close_years
from services.township.statements.models import ReceivedStatement
from shared.kit.units import Unit
from shared.organisations.filing import Own
from shared.organisations.own_year import barred
from shared.sync.years import year_of
from tests.county import County
from tests.servers import Servers

TINY = Size(
    committees=((TOWN, 1), (RURAL_TOWNSHIP, 1), (STREET, 1), (PARK, 1), (ORGANS, 1)),
    branches={"rural": 3, "community": 2, "organ": 1, "non_public": 1, "school": 1},
    generals=1,
    members=96,
    floating=12,
)


class Played:
    """A year played once; every test looks at it."""

    def __init__(self, county: County) -> None:
        self.county = county
        self.loop = Loop(county.tiers, 7, self.wait_for, yanting(TINY, "tiny"), county.passwords)
        self.loop.play()
        self.summary = self.loop.summary()

    def wait_for(self, what: str, done: Callable[[], int], total: int) -> None:
        self.county.settle()
        assert done() >= total, what


@pytest.fixture(scope="module")
def played(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    county = County.of(servers, tmp_path_factory.mktemp("yanting"), "yanting", yanting(TINY).tree)
    with pytest.MonkeyPatch.context() as patch:
        # As in production: the worker goes on with the closing, and its clock is far behind the demo's dates.
        patch.setattr(CountyEnd, "_go_on", lambda self: close_years(self.tiers.county))
        yield Played(county)
    county.close()


def test_the_whole_county_has_the_sources_numbers_and_says_that_it_is_made_up() -> None:
    shape = yanting()
    tree, heads = shape.tree, shape.heads.values()
    assert (len(tree.townships), tree.size, sum(map(len, tree.generals.values()))) == (43, 905, 47)
    assert sum(one.members for one in heads) == 25_619
    assert sum(one.floating or 0 for one in heads) == 3_200
    assert {one.field for one in heads} == set(WHOLE.branches)
    assert max(one.members for one in heads) <= 50
    places = [tree.county, *tree.townships, *(one for some in tree.villages.values() for one in some)]
    assert all("（合成）" in one.name for one in places)


def test_the_year_is_filed_rolled_up_appraised_decided_and_closed(played: Played) -> None:
    found = played.summary
    assert (found["members"], found["floating"], found["statements_approved"]) == (96, 12, 8 * 12)
    assert found["claims"] >= 96 * 12 * 3
    assert found["commitments"] == 2 * 96
    assert sum(found["grades"].values()) == 96
    assert found["grades"]["ungraded"] == 8
    assert found["outcomes"]["material_reward"] == found["grades"]["excellent"]
    assert found["transfers"] == 3
    assert found["year_closed"] is True
    assert found["appeals"] >= 1
    classed = found["organisations"]
    assert classed["entries"] == classed["entries_at_township"] > 0
    assert sum(classed["classes"].values()) == classed["bases"] == 8
    assert classed["classes"].get("good", 0) <= 8 // 3
    with within(played.county.tiers.township) as session:
        assert not any(session.scalars(select(ReceivedStatement.differences)))
    with within(played.county.tiers.branch) as session:
        here = session.scalar(select(func.count()).where(Member.until.is_(None)))
        assert here == session.scalar(select(func.count()).select_from(Feedback)) == 96
        assert session.scalar(select(func.count()).where(Endorsement.word == "endorsed")) == 2 * 13


def test_for_a_closed_year_no_branch_reports_any_more(played: Played) -> None:
    played.county.settle()
    with within(played.county.tiers.branch) as session:
        unit = session.scalars(select(Unit).where(Unit.level == "branch").order_by(Unit.path)).first()
        assert unit is not None
        refused = barred(session, Own(unit, year_of(session, 2026), TABLES, OrganisationSaid), YEAR_CLOSED)
        assert "已经关闭" in str(refused)


def test_played_again_nothing_changes(played: Played) -> None:
    played.loop.play()
    assert played.loop.summary() == played.summary


def test_everything_worked_out_again_comes_to_the_same_and_a_changed_byte_is_named(played: Played) -> None:
    county = played.county
    with within(county.tiers.county) as session:
        found = recompute(session, 2026)
    assert (found.equal, found.statements, found.filings, found.runs) == (True, 96, 8, 8)
    assert found.classings == played.summary["organisations"]["classings"] > 0
    engine = create_engine(county.settings["county"].owner_database_url, poolclass=NullPool)
    with Session(engine) as session, session.begin():
        one = session.scalars(select(ConfirmedAppraisal).order_by(ConfirmedAppraisal.unit_id)).first()
        assert one is not None
        body = one.original.replace(b'"true","qualified"]', b'"true","excellent"]', 1)
        assert body != one.original
        one.original = body
        filing = one.id
    with within(county.tiers.county) as session:
        [differs, *_] = recompute(session, 2026).differing
    assert differs.what == f"filing {filing}"


def test_the_branches_own_proposals_come_to_the_same_from_what_they_pinned(played: Played) -> None:
    tiers = played.county.tiers
    with within(tiers.branch) as session:
        found = list(runs_again(session, 2026))
    assert (len(found), {how for _code, how in found}) == (8, {""})
    engine = create_engine(played.county.settings["branch"].owner_database_url, poolclass=NullPool)
    with Session(engine) as session, session.begin():
        run = session.scalars(select(BranchRun).where(BranchRun.proposed > 0).order_by(BranchRun.id)).first()
        assert run is not None
        run.given = [{**one, "grade": "unqualified"} for one in run.given]
        code = session.get_one(Unit, run.unit_id).code
    with within(tiers.branch) as session:
        off = [one for one in runs_again(session, 2026) if one[1]]
    assert [one[0] for one in off] == [code]
    assert "≠" in off[0][1]


def test_a_byte_that_changes_no_figure_is_named_too(played: Played) -> None:
    engine = create_engine(played.county.settings["county"].owner_database_url, poolclass=NullPool)
    with Session(engine) as session, session.begin():
        one = session.scalars(select(ApprovedStatement).order_by(ApprovedStatement.id)).first()
        assert one is not None
        month, part, before = one.month, one.part, one.original
        changed = before.replace(b'"closed_by":"', b'"closed_by":" ', 1)
        assert changed != before
        one.original = changed
    with within(played.county.tiers.county) as session:
        found = [one for one in recompute(session, 2026).differing if one.what.startswith("statement")]
    assert [one.what for one in found] == [f"statement 2026-{month:02}/{part}"]
    assert "not the bytes that arrived" in found[0].how
