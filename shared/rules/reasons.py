"""Why a village holds its tier: one plain Chinese sentence that a village cadre understands (M5, UX.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from .ranking import Run, Standing, tie_sum
from .rulebook_values import Rulebook
from .scoring import hundredths_text as points
from .tiers import Block

EXCLUDED = "未交申报表，按规则不参加排名，不占各档名额。"
_NAMES_SHOWN = 3


@dataclass(frozen=True)
class Picture:
    """What a sentence may refer to: the group's seats, its tier lines, who else has the same score.

    `cuts` are the lowest scores by tier (None: nobody there); `divided` holds, for each score that
    tie-breaks spread over several tiers, the villages of that score in order; `tiers` by village code.
    """

    rulebook: Rulebook
    pool: int
    seats: Sequence[int]
    cuts: Sequence[int | None]
    tiers: Mapping[str, int]
    divided: Mapping[int, Sequence[Standing]]

    def name(self, tier: int) -> str:
        return self.rulebook.tiers[tier - 1].name

    def could_hold(self, rank: int, total: int) -> int:
        """The tier that rank or score alone would give, were there no veto and no floor."""
        reach = accumulate(self.seats)
        by_rank = next((tier for tier, end in enumerate(reach, start=1) if rank <= end), len(self.seats))
        for tier in range(1, by_rank):
            cut = self.cuts[tier - 1]
            if cut is not None and total > cut:
                return tier
        return by_rank


def settled(picture: Picture, run: Run, standing: Standing) -> str:
    """The sentence for a village whose tier follows from the rules alone."""
    tier = picture.tiers[standing.code]
    could = picture.could_hold(run.rank, standing.total)
    start = _opening(run, standing)
    if could < tier and standing.best_tier > could:
        return start + _vetoed(picture, standing, could, tier)
    floor = picture.rulebook.tiers[could - 1].floor
    if could < tier and floor is not None and standing.total < floor:
        line, now = picture.name(could), picture.name(tier)
        return f"{start}，本可列{line}，但总分不到{line}最低要求的 {points(floor)} 分，列{now}。"
    if picture.pool == 1:
        return f"{start}，本组只有 1 个村居，名额按最大余数归{picture.name(tier)}。"
    moved = "，前面有名额空出，依次递补" if tier < could else ""
    if standing.total in picture.divided:
        return start + moved + _by_tie_break(picture, standing, tier)
    return f"{start}{moved}，列{picture.name(tier)}{_distances(picture, standing.total, tier)}。"


def _opening(run: Run, standing: Standing) -> str:
    shared = "并列" if len(run.members) > 1 else ""
    if standing.late:
        return f"未交申报表，按 0 分计入，{shared}第 {run.rank} 名"
    return f"总分 {points(standing.total)} 分，{shared}第 {run.rank} 名"


def _distances(picture: Picture, total: int, tier: int) -> str:
    """How far above its own line and below the next better one; the last tier has no line of its own."""
    told = ""
    own = picture.cuts[tier - 1]
    if tier < len(picture.cuts) and own is not None:
        line = picture.name(tier)
        told = f"，高出{line}线 {points(total - own)} 分" if total > own else f"，正好在{line}线上"
    for better in range(tier - 1, 0, -1):
        cut = picture.cuts[better - 1]
        if cut is not None:
            if cut > total:
                told += f"，离{picture.name(better)}线还差 {points(cut - total)} 分"
            break
    return told


def _vetoed(picture: Picture, standing: Standing, could: int, tier: int) -> str:
    worst = [veto for veto in standing.bars if veto.best_tier == standing.best_tier]
    names = "".join(f"“{name}”" for name in dict.fromkeys(veto.name for veto in worst))
    now = f"，列{picture.name(tier)}" if tier > standing.best_tier else ""
    return f"，本可列{picture.name(could)}，因{names}最高只能列{picture.name(standing.best_tier)}{now}。"


def _by_tie_break(picture: Picture, standing: Standing, tier: int) -> str:
    """Same score as villages of another tier: name the comparison that separated them."""
    peers = picture.divided[standing.total]
    above = [one for one in peers if picture.tiers[one.code] < tier]
    below = [one for one in peers if picture.tiers[one.code] > tier]
    other = above[-1] if above else below[0]
    item = next((i for i in picture.rulebook.ties if tie_sum(i, other) != tie_sum(i, standing)), None)
    now = picture.name(tier)
    if item is None:
        return f"，列{now}{_distances(picture, standing.total, tier)}。"
    theirs_tier = picture.name(picture.tiers[other.code])
    mine, theirs = points(tie_sum(item, standing)), points(tie_sum(item, other))
    return (
        f"，与{theirs_tier}的{other.name}同分，按规则再比“{item.name}”：本村居 {mine} 分，"
        f"对方 {theirs} 分，列{now}。"
    )


def _peers(block: Block, names: Mapping[str, str], own: str) -> str:
    others = [names[code] for code in block.villages if code != own]
    shown = "、".join(others[:_NAMES_SHOWN])
    return shown if len(others) <= _NAMES_SHOWN else f"{shown}等 {len(others)} 个村居"


def _tied(run: Run, standing: Standing, peers: str) -> str:
    if standing.late:
        return f"未交申报表，按 0 分计入，与{peers}并列第 {run.rank} 名"
    return f"总分 {points(standing.total)} 分，与{peers}并列第 {run.rank} 名"


def undecided(picture: Picture, run: Run, standing: Standing, block: Block, names: Mapping[str, str]) -> str:
    """Equal in everything, more villages than seats: nobody has decided yet."""
    left = "、".join(f"{picture.name(tier)}只剩 {seats} 个名额" for tier, seats in block.seats[:-1])
    return (
        f"{_tied(run, standing, _peers(block, names, standing.code))}，各项比较都相同，{left}，待县里裁定。"
    )


def decided(
    picture: Picture, run: Run, standing: Standing, block: Block, names: Mapping[str, str], why: str
) -> str:
    """Equal in everything; the county has recorded its decision."""
    tier = picture.name(picture.tiers[standing.code])
    start = _tied(run, standing, _peers(block, names, standing.code))
    return f"{start}，县里裁定列{tier}，理由：{why.strip().rstrip('。')}。"


def by_village_code(
    picture: Picture, run: Run, standing: Standing, block: Block, names: Mapping[str, str]
) -> str:
    """A what-if run breaks the tie by village code, and says that this decides nothing."""
    tier = picture.name(picture.tiers[standing.code])
    start = _tied(run, standing, _peers(block, names, standing.code))
    return f"{start}，各项比较都相同，试算时按村居代码先后暂列{tier}，正式结果须由县里裁定。"
