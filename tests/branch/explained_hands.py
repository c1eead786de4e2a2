"""A year with something to explain: caps, a late claim, a strike, equals at the cut, an upheld appeal."""

from datetime import date

from tests.branch.outcome_hands import Decided
from tests.branch.points_hands import at, months_go_up

APPEAL = {"id": "0190a5a0-0000-7000-8000-000000000003", "text": "漏记了两次抢险，请核对"}
UPHELD = {"verdict": "upheld", "text": "两次抢险属实", "grade": "qualified", "points": "10"}


class Explained(Decided):
    """A whole year with twelve statements: claims over the caps, one late, one struck again."""

    def _twelve_months(self):
        first, last = self.people[0], self.people[4]
        days = range(5, 13)
        claims = [self.branch.claim(first, day=date(2026, 1, day), now=at(1, 25)) for day in days]
        claims += [self.branch.claim(one, day=date(2026, 1, 15), now=at(1, 25)) for one in self.people]
        self.branch.approve(*claims, now=at(1, 26))
        months_go_up(self.county, self.branch, [1])
        late = self.branch.claim(last, day=date(2026, 1, 20), now=at(2, 2))
        self.branch.approve(late, now=at(2, 3))
        self.branch.strike(claims[-1], at(2, 4))
        months_go_up(self.county, self.branch, range(2, 13))

    def up_to_filing(self, tied=None):
        """The first has more than the other three: they are the equals at the cut."""
        super().up_to_filing(self.people[1:4])

    @classmethod
    def at_proposals(cls, county):
        """The branch and the county have drawn up their outcomes: played once by a worker."""
        return cls.as_left(county, "explained", _explained)

    def up_to_proposals(self):
        """The branch and the county have drawn up their outcomes."""
        self.up_to_outcomes()
        self.secretary.post("/outcomes/draw-up")
        self.county.settle()
        self.at_county("zzk").post("/outcomes/draw-up")
        self.county.settle()

    def up_to_upheld_appeal(self):
        """Nothing is applied, bases are carried; then the last but one appeals and is right."""
        for tier, client in (("branch", self.secretary), ("county", self.at_county("zzk"))):
            self.many(client, "drop", self.cases(tier, tier=tier, state="open"), reason="会议研究，不予运用")
        self.many(self.at_county("bz"), "confirm", self.cases("county", tier="county", state="decided"))
        self.confirm(self.cases(tier="branch", state="decided"))
        assert self.close("outcomes") is None
        self.secretary.post("/appraisal/grades/carry")
        assert self.close("next_base") is None
        self.county.settle()
        self.mine[4].post("/outcomes/grade-appeal", data=APPEAL)
        self.county.settle()
        wanted = {"sort": "appeal", "code": "grade"}
        self.word(self.at_county("fc"), "decided", self.case("county", **wanted), **UPHELD)
        self.word(self.at_county("zr"), "confirmed", self.case("county", **wanted))


def _explained(county):
    made = Explained(county, months=True)
    made.up_to_proposals()
    return made.people
