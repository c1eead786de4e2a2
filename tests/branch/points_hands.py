"""What people do with points at a branch and its township, as tests say it."""

from datetime import UTC, date, datetime
from uuid import uuid4

from sqlalchemy import func, select

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.branch.points import closing, deciding, filing
from services.branch.points.deciding import Chosen
from services.branch.points.filing import NewClaim
from services.branch.points.models import Claim, StatementLine
from services.branch.roster.actions import NewMember, add_members
from services.county.years.actions import open_year
from services.township.statements import reviewing
from services.township.statements.models import ReceivedStatement
from services.township.statements.reviewing import Seen
from shared.kit.units import unit_by_code
from shared.rules.points.claims import Claimed
from shared.sync.years import year_of

VILLAGE, TOWNSHIP = "321323001201", "321323001"
YEAR = 2026


def at(month: int, day: int, year: int = YEAR) -> datetime:
    return datetime(year, month, day, 4, 0, tzinfo=UTC)


def closes(month):
    """When a month is closed: the day after it, December after its late days."""
    return at(month + 1, 1) if month < 12 else at(1, 11, YEAR + 1)


class Branch:
    """The hands of one branch; its secretary does everything."""

    def __init__(self, county, village=VILLAGE):
        self.county, self.village = county, village

    def work(self, act, role="branch_secretary"):
        with within(self.county.tiers.branch) as session:
            unit = unit_by_code(session, self.village)
            who = actor(session, unit, role)
            return act(session, who, unit, year_of(session, YEAR))

    def members(self, many, start=1):
        entered = [
            NewMember(f"{n:04}", f"党员{n}（合成）", "rural", date(2020, 1, 1))
            for n in range(start, start + many)
        ]
        return self.work(lambda session, who, unit, year: add_members(session, who, unit, entered, at(1, 2)))

    def claim(self, member, item="household", day=date(2026, 1, 10), now=None, **values):
        [claim] = self.claims([member], item, day, now, **values)
        return claim

    def claims(self, members, item="household", day=date(2026, 1, 10), now=None, **values):
        """The same thing of several members, filed at once."""
        given = {"times": 1, "what": "走访联系户三户", "witness": "王组长", **values}
        new = [NewClaim(uuid4(), one, Claimed(item, day, **given)) for one in members]
        now = now or datetime(day.year, day.month, day.day, 12, 0, tzinfo=UTC)
        self.work(lambda s, who, unit, year: filing.file_claims(s, who, unit, year, new, now))
        return [one.id for one in new]

    def approve(self, *ids, now=None):
        now = now or at(2, 1)
        with within(self.county.tiers.branch) as session:
            chosen = [Chosen(one, session.get_one(Claim, one).version) for one in ids]
        # The secretary filed them for the members, so somebody else approves.
        approver = "branch_committee"
        return self.work(
            lambda s, who, unit, year: deciding.approve(s, who, unit, year, chosen, now), approver
        )

    def strike(self, claim, now):
        chosen = [Chosen(claim, self.version(claim))]
        return self.work(lambda s, who, unit, _y: deciding.strike(s, who, unit, chosen, "重复申报", now))

    def version(self, claim):
        with within(self.county.tiers.branch) as session:
            return session.get_one(Claim, claim).version

    def close(self, month, now=None, note=""):
        now = now or closes(month)
        statement = self.work(
            lambda s, who, unit, year: closing.close_month(
                s, who, unit, year, month, now or closes(month), note
            )
        )
        self.county.settle()
        return statement.id

    def total(self, member):
        with within(self.county.tiers.branch) as session:
            query = select(func.sum(StatementLine.total)).where(StatementLine.member_id == member)
            return session.scalar(query) or 0


class Township:
    """The hands of the township: one accepts, another approves."""

    def __init__(self, county):
        self.county = county

    def work(self, act, role):
        with within(self.county.tiers.township) as session:
            unit = unit_by_code(session, TOWNSHIP)
            done = act(session, actor(session, unit, role))
        self.county.settle()
        return done

    def accept(self, statement, role="township_organiser"):
        return self.work(lambda s, who: reviewing.accept(s, who, [Seen(statement, 0)], at(2, 2)), role)

    def approve(self, statement, role="township_secretary"):
        return self.work(lambda s, who: reviewing.approve(s, who, [Seen(statement, 1)], at(2, 3)), role)

    def send_back(self, statement, version=0):
        seen = [Seen(statement, version)]
        return self.work(
            lambda s, who: reviewing.send_back(s, who, seen, "走访次数偏多，请核对", at(2, 4)),
            "township_organiser",
        )

    def received(self, statement):
        with within(self.county.tiers.township) as session:
            return session.get(ReceivedStatement, statement)


def months_go_up(county, branch, months):
    """Close these months, accept and approve them: as one by one, but the wire is run once for all."""
    made = [
        branch.work(
            lambda s, who, unit, year, month=month: (
                closing.close_month(s, who, unit, year, month, closes(month)).id
            )
        )
        for month in months
    ]
    county.settle()
    township = Township(county)
    seen = [Seen(one, 0) for one in made]
    township.work(lambda s, who: reviewing.accept(s, who, seen, at(2, 2)), "township_organiser")
    seen = [Seen(one, 1) for one in made]
    township.work(lambda s, who: reviewing.approve(s, who, seen, at(2, 3)), "township_secretary")


def open_the_year(county):
    """The county opens the year under the shipped rulebooks; everybody below knows it."""
    with within(county.tiers.county) as session:
        who = actor(session, unit_by_code(session, "321323"), "county_organiser")
        sign = county.tiers.county.signer()
        open_year(
            session, who, sign, year=YEAR, ranked=True, synthetic_note="人员和数据均为合成", now=at(1, 1)
        )
    county.settle()
