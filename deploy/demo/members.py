"""The demo's members and what they do: seeded, synthetic, and named so that nobody takes them for people."""

from datetime import date
from random import Random
from uuid import UUID, uuid5

from services.branch.commitments.proposing import NewCommitment
from services.branch.points.filing import NewClaim
from services.branch.roster.actions import NewMember
from services.branch.roster.models import Member
from shared.rules.points.claims import Claimed
from shared.rules.points.scheme_values import Scheme

PER_VILLAGE = 20
SPACE = UUID("6f0e7c1e-6d1c-4a55-9c39-3c1f0f5a2b10")
WITNESSES = ("第一组组长（合成）", "第二组组长（合成）", "妇联主任（合成）")
WORK = (
    ("household", "走访联系户，听取意见并记入台账"),
    ("environment", "参加村庄清洁，清理房前屋后"),
    ("agency", "为老人代办医保缴费"),
    ("dispute", "调解邻里纠纷，当场说和"),
    ("village_talk", "在村民小组会上宣讲惠民政策"),
    ("volunteer", "参加秸秆禁烧巡查志愿服务"),
)
OWN = (("study", "自学党章并写下体会"), ("thought_report", "向支部汇报近期思想和工作"))
PROMISES = (
    ("每月上门看望本组独居老人", "本组 4 户独居老人", 48, "户次"),
    ("清理村东河道两侧垃圾", "全村群众", 12, "次"),
    ("为本组群众代办医保、社保缴费", "本组 20 户群众", 20, "件"),
    ("带动农户学会大棚蔬菜种植", "3 户低收入农户", 3, "户"),
)


def roster(code: str, seed: int, many: int = PER_VILLAGE) -> list[NewMember]:
    """A village's members: one leads, a few are exempt, one is probationary, some live away."""
    chance = Random(f"{seed}/{code}/roster")
    return [
        NewMember(
            number=f"{place:04}",
            name=f"党员{place:02}（合成）",
            field="rural",
            since=date(2026, 1, 1),
            status="probationary" if place == many else "full",
            post="支部书记" if place == 1 else "",
            roles=("leading", "in_post") if place == 1 else (),
            exempt=place > 1 and chance.random() < 0.12,
            floating=place > 1 and chance.random() < 0.12,
        )
        for place in range(1, many + 1)
    ]


def claims_of(code: str, member: Member, month: int, year: int, scheme: Scheme, seed: int) -> list[NewClaim]:
    """What a member did in a month: at least three things, one of them the theme day unless exempt."""
    chance = Random(f"{seed}/{code}/{member.number}/{month}")
    done = [chance.choice(WORK), *OWN]
    if chance.random() < 0.4:
        done.append(chance.choice(WORK))
    found = [
        _claim(member, year, month, chance.randint(1, 28), item, what, chance)
        for item, what in done
        if item in scheme.by_code
    ]
    if not member.exempt:
        found.append(_claim(member, year, month, 5, "theme_day", f"{month} 月主题党日", chance))
    return found


def _claim(member: Member, year: int, month: int, day: int, item: str, what: str, chance: Random) -> NewClaim:
    claimed = Claimed(item, date(year, month, day), 1, what, chance.choice(WITNESSES))
    # The id follows from what it is: a demo that is killed and resumed files nothing twice.
    number = chance.randrange(10**9)
    return NewClaim(uuid5(SPACE, f"{member.id}/{month}/{item}/{number}"), member.id, claimed)


def promises_of(code: str, member: Member, year: int, seed: int) -> list[NewCommitment]:
    """Two commitments a member, one in eight of them a slogan."""
    chance = Random(f"{seed}/{code}/{member.number}/promises")
    made = []
    for place, (what, whom, target, measure) in enumerate(chance.sample(PROMISES, 2)):
        identity = uuid5(SPACE, f"{member.id}/promise/{place}")
        if chance.random() < 0.125:
            made.append(NewCommitment(identity, member.id, "加强学习，发挥先锋模范作用", "", None, "", None))
        else:
            due = date(year, 12, 20)
            made.append(NewCommitment(identity, member.id, what, whom, target, measure, due))
    return made
