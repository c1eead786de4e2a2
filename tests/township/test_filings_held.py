"""A filing is held against what the tiers above have: statements approved, bases carried, the roster."""

from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import create_engine, insert, select, update
from sqlalchemy.pool import NullPool

from deploy.demo.tiers import within
from services.branch.points.models import StatementLine
from services.branch.roster.models import Member
from services.county.roster.models import KnownMember as CountyCard
from services.county.years.closing import require_looked_at
from services.county.years.models import CarriedBase
from services.county.years.recomputing import recompute
from services.township.appraisals.kept import kept
from services.township.appraisals.models import AppraisalReview, ReceivedAppraisal
from shared.contracts.appraisal import AppraisalFiled
from shared.contracts.inputs import MISSING, held_otherwise
from shared.kit.errors import Refused
from shared.sync.years import year_of
from tests.branch.appraisal_hands import Appraised, page
from tests.branch.points_hands import YEAR, at
from tests.township.conftest import ORGANISER, SECRETARY

RICH, SHORT, LEFT_OUT = 0, 1, 2


def owner(year, tier, statement):
    """As only the owner of a tier's database, or a faulty program there, can."""
    engine = create_engine(year.county.settings[tier].owner_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(statement)
    engine.dispose()


def posted(points):
    return [["2026-01", "basic", points, "month"]]


@pytest.fixture(scope="module")
def year(county):
    """Twelve months approved; then the branch's own books and roster say something else to its grading."""
    made = Appraised.after_twelve_months(county)
    made.up_to_opinion()
    rich = StatementLine.member_id == made.people[RICH]
    with within(county.tiers.branch) as session:
        line = session.scalars(select(StatementLine).where(rich, StatementLine.total > 0)).first()
        made.before = [list(one) for one in line.posted]
        where = rich & (StatementLine.statement_id == line.statement_id)
    more = [[made.before[0][0], made.before[0][1], 500_00, made.before[0][3]]]
    owner(made, "branch", update(StatementLine).where(where).values(posted=more, total=500_00))
    short = Member.id == made.people[SHORT]
    owner(made, "branch", update(Member).where(short).values(joined_on="2026-12-31", exempt=True))
    made.up_to_filing()
    made.where, made.short = where, short
    return made


def filing(year):
    with within(year.county.tiers.township) as session:
        return session.scalars(select(ReceivedAppraisal).order_by(ReceivedAppraisal.filed_at.desc())).first()


def decide(year, login, what, **more):
    one = filing(year)
    with within(year.county.tiers.township) as session:
        review = session.get(AppraisalReview, one.id)
    client = year.county.client("township", login)
    version = review.version if review else 0
    answer = client.post(f"/appraisals/{one.id}/{what}", data={"version": version, **more})
    year.county.settle()
    return answer


def test_points_that_no_approved_statement_posts_are_named_with_both_figures(year):
    """Grading again gives the same grades: the branch reckoned rightly with figures that are not so."""
    received = filing(year)
    assert (received.differences, received.fault) == ([], "")
    off = {(one[0], one[1]): one[2:] for one in received.otherwise}
    assert off[str(year.people[RICH]), "months"] == [500_00, 1_00]
    shown = page(year.county.client("township", ORGANISER).get(f"/appraisals/{received.id}"))
    assert "全年积分：支部报 500.00，乡镇掌握 1.00" in shown
    assert "待受理" in shown


def test_a_standard_cut_without_telling_the_roster_is_named_too(year):
    off = {one[1]: one[2:] for one in filing(year).otherwise if one[0] == str(year.people[SHORT])}
    assert set(off) == {"standard", "applicable", "exempt"}
    assert off["standard"][0] < off["standard"][1]
    assert off["exempt"] == [1, 0]


def test_what_differs_cannot_be_confirmed_only_returned(year):
    assert decide(year, ORGANISER, "accept").status_code == 303
    refused = decide(year, SECRETARY, "confirm")
    assert refused.status_code == 409
    assert "支部报的和乡镇掌握的不一致" in page(refused)
    assert decide(year, SECRETARY, "return", reason="积分和名册请核对").status_code == 303


def test_with_the_true_figures_it_goes_up_and_the_county_finds_nothing(year):
    owner(year, "branch", update(StatementLine).where(year.where).values(posted=year.before, total=1_00))
    owner(year, "branch", update(Member).where(year.short).values(joined_on=None, exempt=False))
    year.up_to_filing(until=at(2, 22, 2027))
    assert filing(year).otherwise == []
    assert decide(year, ORGANISER, "accept").status_code == 303
    assert decide(year, SECRETARY, "confirm").status_code == 303
    with within(year.county.tiers.county) as session:
        assert recompute(session, YEAR).differing == []


@pytest.mark.parametrize(
    ("table", "values", "said"),
    [
        (CarriedBase, {"base": 170_00}, "base 18000, held 17000"),
        (CountyCard, {"exempt": True}, "exempt 0, held 1"),
    ],
    ids=["the base", "the roster"],
)
def test_verify_names_a_figure_that_is_not_the_countys(year, table, values, said):
    where = table.member_id == year.people[RICH]
    before = {name: getattr(table, name) for name in values}
    with within(year.county.tiers.county) as session:
        stored = session.execute(select(*before.values()).where(where)).one()
    owner(year, "county", update(table).where(where).values(values))
    with within(year.county.tiers.county) as session:
        found = recompute(session, YEAR).differing
    owner(year, "county", update(table).where(where).values(dict(zip(before, stored, strict=True))))
    assert any(said in one.how and str(year.people[RICH]) in one.how for one in found)


def test_who_was_on_the_last_roster_and_is_not_graded_is_named(year):
    received = filing(year)
    filed = msgspec.json.decode(received.original, type=AppraisalFiled)
    fewer = msgspec.structs.replace(filed, grades=filed.grades[1:], inputs=filed.inputs[1:])
    with within(year.county.tiers.township) as session:
        found = held_otherwise(fewer, kept(session, received.unit_id, year_of(session, YEAR)))
    assert [(one.member_id, one.what) for one in found] == [(filed.grades[0].member_id, MISSING)]


def test_the_county_closes_only_when_it_has_looked_at_who_is_graded_nowhere(year):
    """One more on the county's roster of the last day than the branch has graded."""
    with within(year.county.tiers.county) as session:
        card = dict(session.execute(select(CountyCard.__table__).limit(1)).mappings().one())
    late = card | {"member_id": uuid4(), "number": "099", "name": "党员九九（合成）"}
    owner(year, "county", insert(CountyCard).values(late))
    year.on(at(3, 1, 2027))
    organiser = year.county.client("county", "321323-zzk")
    shown = page(organiser.get(f"/years/{YEAR}/closing"))
    assert "党员九九（合成）" in shown
    with within(year.county.tiers.county) as session:
        for wrong in (0, 2):
            with pytest.raises(Refused, match="没有参加评议"):
                require_looked_at(session, YEAR, wrong)
        assert require_looked_at(session, YEAR, 1) == [str(late["member_id"])]
