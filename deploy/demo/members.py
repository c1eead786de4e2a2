"""The demo's members and what they do: seeded, synthetic, and named so that nobody takes them for people."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from random import Random
from uuid import UUID, uuid5

from deploy.demo.shape import Head
from services.branch.commitments.proposing import NewCommitment
from services.branch.points.filing import NewClaim
from services.branch.roster.actions import NewMember
from services.branch.roster.models import Member
from shared.kit.ids import id_of
from shared.rules.points.claims import Claimed
from shared.rules.points.scheme_values import Item, Scheme

EPOCH = date(1970, 1, 1).toordinal()
SPACE = UUID("6f0e7c1e-6d1c-4a55-9c39-3c1f0f5a2b10")
AWAY = EXEMPT = 0.12
WITNESSES = ("第一组组长（合成）", "第二组组长（合成）", "妇联主任（合成）")
# What is written of the work most people do; of other items their name is.
WORDS = {
    "household": "走访联系户，听取意见并记入台账",
    "environment": "参加村庄清洁，清理房前屋后",
    "agency": "为老人代办医保缴费",
    "dispute": "调解邻里纠纷，当场说和",
    "village_talk": "在村民小组会上宣讲惠民政策",
    "volunteer": "参加秸秆禁烧巡查志愿服务",
    "study": "自学党章并写下体会",
    "thought_report": "向支部汇报近期思想和工作",
}
PROMISES = (
    ("每月上门看望本组独居老人", "本组 4 户独居老人", 48, "户次"),
    ("清理村东河道两侧垃圾", "全村群众", 12, "次"),
    ("为本组群众代办医保、社保缴费", "本组 20 户群众", 20, "件"),
    ("带动农户学会大棚蔬菜种植", "3 户低收入农户", 3, "户"),
)
# Who does more than the usual, who does less: parts of 1.
KEEN, SLACK = 0.68, 0.06
_known: dict[str, Sequence[Item]] = {}


def roster(code: str, seed: int, head: Head) -> list[NewMember]:
    """A branch's members: one leads, a few are exempt, one is probationary, some live away."""
    chance = Random(f"{seed}/{code}/roster")
    many = head.members
    away = range(2, many) if head.floating is None else range(many - head.floating, many)
    return [
        NewMember(
            number=f"{place:04}",
            name=f"党员{place:02}（合成）",
            field=head.field,
            since=date(2026, 1, 1),
            status="probationary" if place == many else "full",
            post="支部书记" if place == 1 else "",
            roles=("leading", "in_post") if place == 1 else (),
            exempt=place > 1 and chance.random() < EXEMPT,
            floating=place in away and (head.floating is not None or chance.random() < AWAY),
        )
        for place in range(1, many + 1)
    ]


@cache
def diligence(code: str, number: str, seed: int) -> float:
    """How much a member does, from 0 to 1: the same all year, and what others think of it at its end."""
    return Random(f"{seed}/{code}/{number}/diligence").random()


def claims_of(
    code: str, member: Member, month: int, year: int, schemes: Mapping[str, Scheme], seed: int
) -> list[NewClaim]:
    """What a member did in a month: at least three things, one of them the theme day unless exempt."""
    chance = Random(f"{seed}/{code}/{member.number}/{month}")
    keen = diligence(code, member.number, seed)
    scheme = schemes[member.field]
    work = _work(scheme)
    first = chance.choice(work)
    done = [(first, _times(first, keen)), (scheme.by_code["study"], 2 if keen > SLACK else 1)]
    if member.exempt:
        done.append((scheme.by_code["thought_report"], 1))
    if keen > KEEN:
        second = chance.choice([one for one in work if one is not first])
        done.append((second, _times(second, keen)))
    found = [_claim(member, year, month, chance.randint(1, 28), item, times, chance) for item, times in done]
    if not member.exempt:
        found.append(_claim(member, year, month, 5, scheme.by_code["theme_day"], 1, chance))
    return found


def _work(scheme: Scheme) -> Sequence[Item]:
    """What members of this field serve people with."""
    if scheme.hash not in _known:
        _known[scheme.hash] = [
            item
            for item in scheme.items
            if scheme.category[item.category].kind == "service"
            and item.by == "member"
            and not (item.roles or item.ranged or item.evidence == "required")
        ]
    return _known[scheme.hash]


def _times(item: Item, keen: float) -> int:
    """As often as counts in a month; once for who does little."""
    return 1 if keen <= SLACK else max(1, (item.cap or item.points) // item.points)


def _claim(
    member: Member, year: int, month: int, day: int, item: Item, times: int, chance: Random
) -> NewClaim:
    what = (
        f"{month} 月主题党日"
        if item.code == "theme_day"
        else WORDS.get(item.code, f"{item.name}，已记入台账")
    )
    claimed = Claimed(item.code, date(year, month, day), times, what, chance.choice(WITNESSES))
    # The id follows from the seed: a demo that is killed and resumed files nothing twice.
    stamp = (claimed.day.toordinal() - EPOCH) * 86_400_000
    return NewClaim(id_of(stamp, chance.getrandbits(80)), member.id, claimed)


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
