"""What people do about outcomes, as tests say it: at the branch, the county, and for a member."""

from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.outcomes.models import OutcomeCase as BranchCase
from services.county.outcomes.models import OutcomeCase as CountyCase
from services.township.appraisals.models import AppraisalReview, ReceivedAppraisal
from services.township.outcomes.models import OutcomeCase as TownshipCase
from tests.branch.appraisal_hands import Appraised, again, page, signed_in
from tests.branch.points_hands import at
from tests.township.conftest import ORGANISER, SECRETARY

CASES = {"branch": BranchCase, "township": TownshipCase, "county": CountyCase}
COUNTY = "321323"


class Decided(Appraised):
    """A branch whose grades the township has confirmed and the members have signed: four grades of six.

    The last but one is unqualified, the last basically qualified.
    """

    def carried(self):
        """Without a base the last but one falls short by the total too: opinion alone decides nothing."""
        return [one for one in self.people if one != self.people[-2]]

    @classmethod
    def at_outcomes(cls, county):
        """Everything before the outcomes, played once by a worker."""
        return cls.as_left(county, "decided", _decided)

    def sign_in(self):
        """The second committee member too."""
        super().sign_in()
        self.other = again(self.county, "committee-2")

    def up_to_outcomes(self):
        """Everything before the outcomes; a second committee member, for what concerns the first."""
        self.up_to_opinion()
        self.up_to_filing(self.people[:4])
        self.township("accept", ORGANISER)
        self.township("confirm", SECRETARY)
        self.close("township_confirmation")
        for one in self.mine:
            one.post("/appraisal/own/sign")
        self.secretary.post(f"/appraisal/members/{self.people[0]}/sign")
        self.close("feedback")
        self.other = signed_in(self.county, self.people[1], "committee-2", "branch_committee")

    def say(self, kind, client, code, people, reason="材料和走访情况一致"):
        """As Appraised says it, but the opinion on the last two is another."""
        answer = super().say(kind, client, code, people, reason)
        if kind == "opinion":
            super().say(kind, client, "unqualified", [people[-2]], "长期不参加组织生活")
            super().say(kind, client, "basically_qualified", [people[-1]], "参加组织生活不够")
        return answer

    def township(self, what, login):
        client = self.county.client("township", login)
        with within(self.county.tiers.township) as session:
            filing = session.scalars(select(ReceivedAppraisal.id)).one()
            review = session.get(AppraisalReview, filing)
            version = review.version if review else 0
        assert client.post(f"/appraisals/{filing}/{what}", data={"version": version}).status_code == 303
        self.county.settle()

    # --- the county's people ---

    def at_county(self, suffix):
        """A client of one of the county's people."""
        return self.county.client("county", f"{COUNTY}-{suffix}")

    def confirm(self, cases):
        """By whoever it does not concern."""
        self.many(self.committee, "confirm", [one for one in cases if one.member_id != self.people[0]])
        own = [one for one in cases if one.member_id == self.people[0]]
        return self.many(self.other, "confirm", own) if own else None

    # --- cases ---

    def cases(self, where="branch", **wanted):
        """Cases as one tier holds them, by member and code."""
        table = CASES[where]
        query = select(table).order_by(table.member_id, table.code, table.opened_at)
        for name, value in wanted.items():
            query = query.where(getattr(table, name) == value)
        with within(getattr(self.county.tiers, where)) as session:
            return session.scalars(query).all()

    def case(self, where="branch", **wanted):
        """The one case."""
        [found] = self.cases(where, **wanted)
        return found

    def many(self, client, act, cases, **more):
        """The same word about many."""
        picked = [f"{one.id}:{one.version}" for one in cases]
        answer = client.post("/outcomes/many", data={"act": act, "selected": picked, **more})
        self.county.settle()
        return answer

    def let_speak(self, client, case, where="branch", text="本人承认，愿意改正"):
        """Tell the member that he is to be heard; he writes his statement himself."""
        self.word(client, "called", case)
        mine = self.mine[self.people.index(case.member_id)]
        answer = self.word(mine, "stated", self.case(id=case.id), text=text)
        assert answer.status_code == 303, page(answer)

    def word(self, client, kind, case, **more):
        """One word about one case, as it stands."""
        answer = client.post(f"/outcomes/{case.id}/{kind}", data={"version": case.version, **more})
        self.county.settle()
        return answer


def _decided(county):
    made = Decided(county)
    made.up_to_outcomes()
    return made.people


MONDAY = at(3, 1, 2027)
