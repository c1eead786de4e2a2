"""What people do in a branch's year-end appraisal, as tests say it."""

import re
from datetime import date
from uuid import uuid4

from sqlalchemy import NullPool, create_engine, insert, select

from deploy.demo.tiers import within
from services.branch.appraisal.models import AppraisalStep, GradeObjection, MemberBase
from services.branch.appraisal.state import steps_of
from services.branch.outcomes.models import OutcomeCase
from services.county.years.models import CarriedBase
from shared.kit.accounts import add_account, hash_password
from shared.kit.scope import EVERYTHING
from shared.kit.units import unit_by_code
from tests.branch.points_hands import VILLAGE, Branch, at, months_go_up, open_the_year

PASSWORD = "ten-letters-at-least"
FIRST, SECOND = "春风又绿江南岸第一位监票人", "明月何时照我还第二位监票人"


def page(answer):
    return answer.get_data(as_text=True)


def signed_in(county, person, login, role="member", village=VILLAGE):
    """A client of somebody with an account of their own."""
    with county.tiers.branch.database.transaction(EVERYTHING) as session:
        unit = unit_by_code(session, village)
        name = f"{login}（合成）"
        add_account(session, login, name, hash_password(PASSWORD), [(role, unit)], at(1, 3), person)
    return again(county, login)


def again(county, login):
    """A client of somebody whose account is there already."""
    client = county.app("branch").test_client()
    assert client.post("/login", data={"login": login, "password": PASSWORD}).status_code == 302
    return client


def come_to(branch, step):
    """Write every step before this one as closed: what they hold is another test's business."""

    def write(session, who, unit, year):
        codes = [one.code for one in year.appraisal.steps]
        known = steps_of(session, unit.id, year.year)
        for code in codes[: codes.index(step)]:
            if code not in known:
                values = {"skipped": False, "reason": "", "by": who.name, "by_id": who.account_id}
                made = {"unit_id": unit.id, "year": year.year, "round": 1, "code": code}
                session.add(AppraisalStep(**made, **values, at=at(12, 28)))

    branch.work(write)


class Appraised:
    """A branch at the end of its year: `people` by number, a client for each, two who hold the appraisal.

    With `months` all twelve are closed and approved, which takes a while.
    """

    def __init__(self, county, many=6, *, months=False):
        open_the_year(county)
        self.county, self.branch = county, Branch(county)
        self.people = self.branch.members(many)
        self._bases()
        if months:
            self._twelve_months()
        self.secretary = county.client("branch", VILLAGE)
        self.committee = signed_in(county, self.people[0], "committee", "branch_committee")
        self.mine = [signed_in(county, one, f"m-{n}") for n, one in enumerate(self.people)]
        self.on(at(1, 11, 2027))

    @classmethod
    def as_left(cls, county, name, play):
        """As `play` leaves it, which gives the people: played once by a worker (tests/county.py)."""
        made = cls.__new__(cls)
        made.people = county.as_left_by(name, play)
        made.county, made.branch = county, Branch(county)
        made.sign_in()
        return made

    @classmethod
    def after_twelve_months(cls, county):
        """All months closed and approved."""
        return cls.as_left(county, "twelve_months", lambda one: Appraised(one, months=True).people)

    def sign_in(self):
        """Whoever has an account."""
        self.secretary = self.county.client("branch", VILLAGE)
        self.committee = again(self.county, "committee")
        self.mine = [again(self.county, f"m-{n}") for n, _one in enumerate(self.people)]

    def on(self, moment):
        """Let the clock go to a moment; everybody signs in again."""
        self.county.now = moment
        self.secretary = self.county.client("branch", VILLAGE)
        clients = [("committee", self.committee), *((f"m-{n}", one) for n, one in enumerate(self.mine))]
        for login, client in clients:
            client.post("/login", data={"login": login, "password": PASSWORD})

    def carried(self):
        """Who has a base from last year."""
        return self.people

    def _bases(self):
        """As if last year had handed on 180 points each: enough for the first grade."""

        def write(session, _who, unit, _year):
            for one in self.carried():
                given = {"from_total": 600_00, "from_earned": 600_00, "run_id": uuid4(), "at": at(1, 2)}
                session.add(MemberBase(unit_id=unit.id, member_id=one, year=2026, base=180_00, **given))

        self.branch.work(write)
        # As the county learned it when last year was settled, which only its stream writes.
        given = {
            "unit_id": self.county.unit("branch", VILLAGE).id,
            "from_total": 600_00,
            "from_earned": 600_00,
        }
        rows = [{"member_id": one, "year": 2026, "base": 180_00} | given for one in self.carried()]
        engine = create_engine(self.county.settings["county"].owner_database_url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(insert(CarriedBase), rows)
        engine.dispose()

    def _twelve_months(self):
        claims = [
            self.branch.claim(one, day=date(2026, 1, 5 + n), now=at(1, 12))
            for n, one in enumerate(self.people)
        ]
        self.branch.approve(*claims, now=at(1, 13))
        months_go_up(self.county, self.branch, range(1, 13))

    def close(self, step, client=None):
        """Close a step; the page that comes back."""
        answer = (client or self.secretary).post(f"/appraisal/steps/{step}/close")
        return answer if answer.status_code != 303 else None

    def say(self, kind, client, code, people, reason="材料和走访情况一致"):
        form = {f"code-{one}": code for one in people} | {f"reason-{one}": reason for one in people}
        return client.post(f"/appraisal/words/{kind}", data=form)

    def ballot(self, kind, code, many=None):
        """Hold a ballot from opening to count."""
        form = {}
        for number, said in (("1", FIRST), ("2", SECOND)):
            form |= {f"teller_{number}": str(self.people[-int(number)])}
            form |= {f"passphrase_{number}": said, f"again_{number}": said}
        opened = self.secretary.post(f"/ballots/open/{kind}", data=form)
        assert opened.status_code == 303, page(opened)
        where = opened.headers["Location"]
        box = "/ballots/" + where.rpartition("/")[2]
        choices = {f"choice-{one}": code for one in self.people}
        if kind == "members":
            for one in self.mine:
                assert one.post(f"{box}/vote", data=choices).status_code == 200
        else:
            codes = page(self.secretary.post(f"{box}/slips", data={"many": many}))
            handed = {"handed": many, "meeting": "村民代表会议，到会代表每人一个"}
            assert self.committee.post(f"{box}/slips/confirm", data=handed).status_code == 303
            for code in re.findall(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", codes):
                self.mine[0].post("/vote", data={"code": code, "cast": "yes", **choices})
        said = {"passphrase_1": FIRST, "passphrase_2": SECOND}
        assert self.secretary.post(f"{box}/count", data=said).status_code == 303

    def answer_all(self):
        """Answer every objection that waits."""
        with within(self.county.tiers.branch) as session:
            waiting = session.scalars(
                select(GradeObjection.id).where(GradeObjection.answered_at.is_(None))
            ).all()
        for one in waiting:
            said = {"reason": "已核对台账，没有少记"}
            self.secretary.post(f"/appraisal/objections/{one}/answer", data=said)

    def up_to_opinion(self):
        """Everything before the branch's opinion, without looking."""
        come_to(self.branch, "self_report")
        for n, one in enumerate(self.mine):
            one.post("/appraisal/own/report", data={"text": f"一年来履行承诺情况，第 {n + 1} 份"})
        self.close("self_report")
        self.checked_and_voted()

    def checked_and_voted(self):
        """The organisation's check and both ballots."""
        self.say("check", self.secretary, "true", self.people)
        self.close("organisation_check")
        self.ballot("members", "excellent")
        self.close("members_ballot")
        self.ballot("masses", "satisfied", 10)
        self.close("mass_review")

    def up_to_filing(self, tied=None, until=None):
        """On to the filing with the township: two excellent of six, decided by a meeting among the equals."""
        self.say("opinion", self.secretary, "excellent", self.people, "全年表现突出")
        self.close("opinion")
        self.secretary.post("/appraisal/grades/work-out")
        self.secretary.post(
            "/appraisal/grades/tie",
            data={"members": [str(one) for one in tied or self.people], "reason": "会议票决，按得票多少排列"},
        )
        self.close("appraisal_points")
        self.secretary.post("/appraisal/grades/publish")
        self.on(until or at(1, 25, 2027))
        self.close("publicity")
        self.secretary.post("/appraisal/grades/file")
        self.county.settle()

    def settle_outcomes(self):
        """Draw up what the rules propose; one applies it, another confirms, a third what is his."""
        assert self.secretary.post("/outcomes/draw-up").status_code == 303
        other = signed_in(self.county, self.people[1], "committee-2", "branch_committee")
        for client, act in ((self.secretary, "apply"), (self.committee, "confirm"), (other, "confirm")):
            with within(self.county.tiers.branch) as session:
                picked = [f"{one.id}:{one.version}" for one in session.scalars(select(OutcomeCase))]
            client.post("/outcomes/many", data={"act": act, "selected": picked})
