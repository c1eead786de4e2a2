"""A year with a case in every stage: proposed, heard, decided, in force, undone; applied for, appealed."""

from uuid import UUID

from tests.branch.outcome_hands import Decided

TEXT = {"text": "年初因病住院三个月，假条和医院证明都在"}
FIRST_ID = 0x0190A5A0000070008000000000000100


def form_id(number):
    """The id a form was given when it was opened."""
    return UUID(int=FIRST_ID + number)


class Staged(Decided):
    """Everything the pages show, left as it is looked at."""

    @classmethod
    def at_every_stage(cls, county):
        """Played once by a worker."""
        return cls.as_left(county, "staged", _staged)

    def sign_in(self):
        """The county's people too."""
        super().sign_in()
        self.organiser, self.leader, self.reviewer, self.director = (
            self.at_county(one) for one in ("zzk", "bz", "fc", "zr")
        )

    def play(self):
        """From the proposals on."""
        self.secretary.post("/outcomes/draw-up")
        self.organiser.post("/outcomes/draw-up")
        self.county.settle()
        self._of_the_branch()
        self._of_the_county()
        self._tolerance()
        self._appeals()
        form = {"mark": "candidate", "reason": "县委组织部任前公示名单，2027 年 1 月"}
        self.organiser.post(f"/outcomes/members/{self.people[1]}", data=form)

    def of(self, number, code, where="branch", sort="outcome"):
        """The case of one of the people."""
        return self.case(where, member_id=self.people[number], code=code, sort=sort)

    def _in_force(self, number, code):
        self.let_speak(self.secretary, self.of(number, code))
        self.word(self.secretary, "decided", self.of(number, code), verdict="applied")
        self.word(self.committee, "confirmed", self.of(number, code))

    def _of_the_branch(self):
        rewards = self.cases(code="material_reward")
        self.many(self.secretary, "apply", rewards)
        self.word(self.committee, "confirmed", self.of(1, "material_reward"))
        self._in_force(4, "alert_notice")
        self._in_force(5, "correction_notice")
        self.word(self.secretary, "heard", self.of(4, "help_period"), text="愿意接受帮扶")

    def _of_the_county(self):
        self.many(self.organiser, "apply", self.cases("county", code="honours_city"))
        self.word(self.leader, "confirmed", self.of(1, "honours_city", "county"))
        # The last but one is to be heard by the county, and something was recorded for him already.
        code = "honours_barred_unqualified"
        self.word(self.organiser, "called", self.of(4, code, "county"))
        self.word(self.leader, "heard", self.of(4, code, "county"), text="本人电话里说没有意见")

    def _ask(self, number, path, at, **more):
        data = {"id": str(form_id(at)), **TEXT, **more}
        assert self.mine[number].post(path, data=data).status_code == 303
        self.county.settle()

    def _tolerance(self):
        self._ask(5, "/outcomes/tolerance", 1, codes=["honours_barred"])
        verified = self.case("county", id=form_id(1))
        self.word(self.organiser, "verified", verified, text="医院证明属实，走访过本人和家属")
        self._ask(4, "/outcomes/tolerance", 2, codes=["honours_barred_unqualified"])

    def _appeals(self):
        self._ask(4, f"/outcomes/{self.of(4, 'alert_notice').id}/appeal", 3)
        upheld = {"verdict": "upheld", "text": "假条属实，原决定依据不足"}
        self.word(self.reviewer, "decided", self.case("county", id=form_id(3)), **upheld)
        self._ask(4, "/outcomes/grade-appeal", 4)
        self._ask(5, f"/outcomes/{self.of(5, 'correction_notice').id}/appeal", 5)
        self.word(self.reviewer, "decided", self.case("county", id=form_id(5)), **upheld)
        self.word(self.director, "confirmed", self.case("county", id=form_id(5)))


def _staged(county):
    made = Staged.at_outcomes(county)
    made.play()
    return made.people
