"""What people of a general branch do, as tests say it; and the county that puts branches under one."""

from deploy.demo.people import actor, add_people
from deploy.demo.tiers import within
from services.branch.generals import endorsing
from services.branch.generals.endorsing import Seen
from services.county.registry import generals
from shared.kit.units import unit_by_code
from tests.branch.points_hands import TOWNSHIP, VILLAGE, at
from tests.county import NOW

GENERAL, SISTER = "321323001901", "321323001202"


def found_general(county, *codes):
    """The county makes a general branch and puts branches under it; somebody leads it."""
    with within(county.tiers.county) as session:
        sign = county.tiers.county.signer()
        town = unit_by_code(session, TOWNSHIP)
        general = generals.make_general(session, None, sign, town, GENERAL, "甲镇商会党总支", "新设", NOW)
        branches = [unit_by_code(session, one) for one in codes or (VILLAGE,)]
        generals.put_under(session, None, sign, branches, general, "隶属调整", NOW)
    county.settle()
    with within(county.tiers.branch) as session:
        add_people(session, [unit_by_code(session, GENERAL)], county.passwords, NOW)


def take_out(county, *codes):
    """The county takes branches out of their general branch."""
    with within(county.tiers.county) as session:
        sign = county.tiers.county.signer()
        generals.take_out(session, None, sign, [unit_by_code(session, one) for one in codes], "撤出", NOW)
    county.settle()


def put_under(county, *codes):
    """The county puts branches under the general branch again."""
    with within(county.tiers.county) as session:
        sign = county.tiers.county.signer()
        branches = [unit_by_code(session, one) for one in codes]
        generals.put_under(session, None, sign, branches, unit_by_code(session, GENERAL), "再放入", NOW)
    county.settle()


class General:
    """The hands of the general branch's secretary."""

    def __init__(self, county, code=GENERAL, role="general_secretary"):
        self.county, self.code, self.role = county, code, role

    def work(self, act):
        with within(self.county.tiers.branch) as session:
            done = act(session, actor(session, unit_by_code(session, self.code), self.role))
        self.county.settle()
        return done

    def waiting(self):
        return self.work(lambda s, who: [one.submission.id for one in endorsing.waiting(s, who)])

    def endorse(self, *ids, now=None):
        seen = [Seen(one, 0) for one in ids]
        return self.work(lambda s, who: endorsing.endorse(s, who, seen, now or at(2, 1)))

    def send_back(self, *ids, reason="三号党员多记了一次", now=None):
        seen = [Seen(one, 0) for one in ids]
        return self.work(lambda s, who: endorsing.send_back(s, who, seen, reason, now or at(2, 1)))
