"""What people do when branches are classed, as tests say it: through the portals, entries by the actions."""

from datetime import date
from uuid import uuid4

from sqlalchemy import select

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.branch.organisation.models import TABLES as AT_BRANCH
from services.branch.organisation.models import OrganisationSaid as BranchSaid
from services.township.organisations.models import TABLES, Classing, ClassingWord
from shared.kit.units import unit_by_code
from shared.organisations import deciding
from shared.organisations.entering import Filed
from shared.organisations.filing import Own, file_each
from shared.organisations.ledger import standings
from shared.rules.points.claims import Claimed
from shared.sync.years import year_of
from tests.branch.points_hands import YEAR, at, open_the_year
from tests.township.conftest import ORGANISER, SECRETARY, TOWN

NEXT = YEAR + 1
# What a branch did each month: worth 12, 8 or 1.
STRONG = (
    "assembly",
    "lecture",
    "theme_day",
    "life_meeting",
    "matter",
    "matter",
    "matter",
    "matter",
    "commitment_done",
)
FAIR = ("assembly", "lecture", "theme_day", "life_meeting", "commitment_done")
WEAK = ("assembly",)
GOOD_VOTES = {"members_good": 18, "members_fairly_good": 2, "masses_satisfied": 20}
POOR_VOTES = {"members_poor": 18, "members_fair": 2, "masses_dissatisfied": 20}
COUNTY = "321323"


class Hands:
    """A town's branches, its two people, and the county's four."""

    def __init__(self, county):
        self.county = county
        self.units = {n: county.unit("township", f"{TOWN}{200 + n}").id for n in (1, 2, 3)}
        open_the_year(county)

    def on(self, month, day, year=NEXT):
        """Another day: everybody signs in anew."""
        county = self.county
        county.now = at(month, day, year)
        self.branch = {n: county.client("branch", f"{TOWN}{200 + n}") for n in (1, 2, 3)}
        self.organiser = county.client("township", ORGANISER)
        self.secretary = county.client("township", SECRETARY)
        self.desk = county.client("county", f"{COUNTY}-zzk")
        self.leader = county.client("county", f"{COUNTY}-bz")
        self.reviewer = county.client("county", f"{COUNTY}-fc")
        self.director = county.client("county", f"{COUNTY}-zr")
        return self

    def did(self, number, items, months=range(1, 13)):
        """A branch files these every month; the township approves them all."""
        with within(self.county.tiers.branch) as session:
            unit = unit_by_code(session, f"{TOWN}{200 + number}")
            who, own = actor(session, unit, "branch_secretary"), self.own(session, unit)
            filed = [
                Filed(
                    unit.id,
                    Claimed(
                        item,
                        date(YEAR, month, 10 + place),
                        1,
                        f"{month} 月第 {place + 1} 件，按计划办结",
                        "会议记录",
                        0,
                        str(uuid4()),
                    ),
                    at(month, 25),
                )
                for month in months
                for place, item in enumerate(items)
            ]
            assert file_each(session, own, who, filed) == len(filed)
        self.county.settle()
        self.decide_waiting(number)

    def own(self, session, unit):
        return Own(unit, year_of(session, YEAR), AT_BRANCH, BranchSaid)

    def decide_waiting(self, number):
        with within(self.county.tiers.township) as session:
            year, town = year_of(session, YEAR), unit_by_code(session, TOWN)
            who = actor(session, town, "township_organiser")
            rows = standings(session, TABLES, year.organisations, YEAR, [self.units[number]])
            seen = [deciding.Seen(one.entry.id, one.version) for one in rows if one.state == "waiting"]
            if seen:
                deciding.approve(session, deciding.Above(town, year, TABLES), who, seen, at(12, 28))
        self.county.settle()

    def report(self, number, votes=None, **given):
        votes = votes or GOOD_VOTES
        data = {
            "text": "一年来按时开展组织生活，承诺全部办结，还有一条路没有修好。",
            "teller": "张三（合成）",
            "other_teller": "李四（合成）",
            "members_eligible": 25,
            "members_cast": 20,
            "masses_eligible": 30,
            "masses_cast": 20,
            **votes,
            **given,
        }
        answer = self.branch[number].post("/organisation/year-end/report", data=data)
        self.county.settle()
        return answer

    def version(self, number):
        """How many words the township knows of a branch's year."""
        from services.township.organisations.models import OrganisationSaid

        with within(self.county.tiers.township) as session:
            query = select(OrganisationSaid).where(OrganisationSaid.unit_id == self.units[number])
            return len(session.scalars(query).all())

    def check(self, *numbers, finding="true", opinion="good", problems="", client=None):
        selected = [f"{self.units[n]}:{self.version(n)}" for n in numbers]
        data = {"selected": selected, "finding": finding, "opinion": opinion, "problems": problems}
        answer = (client or self.organiser).post("/classing/check", data=data)
        self.county.settle()
        return answer

    def seen(self):
        """The town's newest classing as its page posts it."""
        with within(self.county.tiers.township) as session:
            one = session.scalars(
                select(Classing).order_by(Classing.at.desc(), Classing.id.desc()).limit(1)
            ).one()
            words = select(ClassingWord).where(ClassingWord.classing_id == one.id)
            return {"classing": one.id, "version": len(session.scalars(words).all())}

    def post(self, client, path, **data):
        answer = client.post(path, data=data)
        self.county.settle()
        return answer

    def filed(self):
        """The county's newest classing as its list posts it."""
        from services.county.organisations.models import Classing as Filed
        from services.county.organisations.models import ClassingWord as Word

        with within(self.county.tiers.county) as session:
            one = session.scalars(select(Filed).order_by(Filed.at.desc(), Filed.id.desc()).limit(1)).one()
            words = select(Word).where(Word.classing_id == one.id)
            return f"{one.id}:{len(session.scalars(words).all())}"
