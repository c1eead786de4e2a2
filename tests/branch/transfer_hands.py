"""What two secretaries do when a member moves, as tests say it."""

from datetime import date

from deploy.demo.tiers import within
from services.branch.points.models import Claim
from services.branch.roster.models import Member
from services.branch.transfers import actions
from services.branch.transfers.actions import Offer
from services.branch.transfers.reading import transfers
from tests.branch.points_hands import Branch


class Mover(Branch):
    """The hands of one branch in a transfer."""

    def offer(self, member, to, now, settle=True):
        done = self.work(lambda s, who, unit, _y: actions.offer(s, who, unit, Offer(member, to), now))
        return self._settled(done, settle)

    def withdraw(self, transfer, now, settle=True):
        done = self.work(lambda s, who, unit, _y: actions.withdraw(s, who, unit, transfer, now))
        return self._settled(done, settle)

    def accept(self, transfer, since, now, settle=True):
        done = self.work(lambda s, who, unit, _y: actions.accept(s, who, unit, transfer, since, now))
        return self._settled(done, settle)

    def refuse(self, transfer, now, reason="不在本村居住"):
        done = self.work(lambda s, who, unit, _y: actions.refuse(s, who, unit, transfer, reason, now))
        return self._settled(done, True)

    def hand_over(self, transfer, now, settle=True):
        done = self.work(lambda s, who, unit, _y: actions.close(s, who, unit, transfer, now))
        return self._settled(done, settle)

    def move(self, member, to: "Mover", now):
        """The whole way, on one day."""
        transfer = self.offer(member, to.village, now)
        to.accept(transfer, now.date(), now)
        self.hand_over(transfer, now)
        return transfer

    def _settled(self, done, settle):
        if settle:
            self.county.settle()
        return done

    def state(self, transfer):
        def look(session, _who, unit, _year):
            return {one.id: one.state for one in transfers(session, unit.id)}.get(transfer)

        return self.work(look)

    def member(self, member):
        with within(self.county.tiers.branch) as session:
            return session.get(Member, (self.county.unit("branch", self.village).id, member))

    def done(self, member, item, day: date, times=1):
        """One thing filed and approved on its day."""
        [claim] = self.all_done([member], item, day, times)
        return claim

    def all_done(self, members, item, day: date, times=1):
        """The same thing of several members, filed and approved on its day."""
        claims = self.claims(members, item, day, times=times)
        with within(self.county.tiers.branch) as session:
            waiting = [one for one in claims if session.get_one(Claim, one).state == "waiting"]
        if waiting:
            self.approve(*waiting, now=_noon(day))
        return claims


def _noon(day):
    from datetime import UTC, datetime

    return datetime(day.year, day.month, day.day, 13, 0, tzinfo=UTC)
