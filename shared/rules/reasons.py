"""Why a village holds its tier: one plain Chinese sentence that a village cadre understands (M5, UX.md)."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from .ranking import Run, Standing, tie_sum
from .rulebook_values import Rulebook
from .scoring import hundredths_text as points
from .tiers import Block

EXCLUDED = "未交申报表，按规则不参加排名，不占各档名额。"
_NAMES_SHOWN = 3


class TierLines(NamedTuple):
    """A tier's own line and the next better one in hundredths (None: no such line), with their words."""

    own: int | None
    above_own: str
    at_own: str
    better: int | None
    below_better: str


@dataclass(frozen=True)
class Picture:
    """What a sentence may refer to: the group's seats, its tier lines, who else has the same score.

    `reach` is the last rank that each tier's seats extend to; `cuts` are the lowest scores by tier (None:
    nobody there); `divided` holds, for each score that tie-breaks spread over several tiers, the villages
    of that score in order; `tiers` by village code.
    """

    rulebook: Rulebook
    pool: int
    reach: Sequence[int]
    cuts: Sequence[int | None]
    tiers: Mapping[str, int]
    divided: Mapping[int, Sequence[Standing]]

    @cached_property
    def lines(self) -> tuple["TierLines", ...]:
        """What each tier's villages are told of the lines around them, best tier first."""
        return tuple(_lines(self, tier) for tier in range(1, len(self.cuts) + 1))

    def name(self, tier: int) -> str:
        return self.rulebook.tiers[tier - 1].name

    def by_rank(self, rank: int) -> int:
        """The tier that the rank alone would give."""
        return min(bisect_left(self.reach, rank) + 1, len(self.reach))

    def could_hold(self, rank: int, total: int) -> int:
        """The tier that rank or score would give, were there no veto and no floor."""
        by_rank = self.by_rank(rank)
        for tier in range(1, by_rank):
            cut = self.cuts[tier - 1]
            if cut is not None and total > cut:
                return tier
        return by_rank


def settled(picture: Picture, run: Run, standing: Standing) -> str:
    """The sentence for a village whose tier follows from the rules alone."""
    tier = picture.tiers[standing.code]
    by_rank = picture.by_rank(run.rank)
    start = _opening(run, standing)
    if (tier > by_rank or standing.bars) and (held_down := _held_down(picture, run, standing, tier)):
        return start + held_down
    if picture.pool == 1:
        return f"{start}，本组只有 1 个村居，名额按最大余数归{picture.name(tier)}。"
    moved = "，前面有名额空出，依次递补" if tier < by_rank else ""
    if standing.total in picture.divided:
        return start + moved + _by_tie_break(picture, standing, tier)
    return f"{start}{moved}，列{picture.name(tier)}{_distances(picture, standing.total, tier)}。"


def _held_down(picture: Picture, run: Run, standing: Standing, tier: int) -> str:
    """Which veto or floor kept a village from a better tier; '' when none did."""
    could = picture.could_hold(run.rank, standing.total)
    if could >= tier:
        return ""
    if standing.best_tier > could:
        return _vetoed(picture, standing, could, tier)
    floor = picture.rulebook.tiers[could - 1].floor
    if floor is None or standing.total >= floor:
        return ""
    line, now = picture.name(could), picture.name(tier)
    return f"，本可列{line}，但总分不到{line}最低要求的 {points(floor)} 分，列{now}。"


def _opening(run: Run, standing: Standing) -> str:
    shared = "并列" if len(run.members) > 1 else ""
    if standing.late:
        return f"未交申报表，按 0 分计入，{shared}第 {run.rank} 名"
    return f"总分 {points(standing.total)} 分，{shared}第 {run.rank} 名"


def _lines(picture: Picture, tier: int) -> TierLines:
    """The last tier has no line of its own; the better line is the nearest that somebody holds."""
    name = picture.name(tier)
    own = picture.cuts[tier - 1] if tier < len(picture.cuts) else None
    held = [number for number in range(1, tier) if picture.cuts[number - 1] is not None]
    better = picture.cuts[held[-1] - 1] if held else None
    below = f"，离{picture.name(held[-1])}线还差 " if held else ""
    return TierLines(own, f"，高出{name}线 ", f"，正好在{name}线上", better, below)


def _distances(picture: Picture, total: int, tier: int) -> str:
    """How far above its own line and below the next better one."""
    own, above_own, at_own, better, below_better = picture.lines[tier - 1]
    told = ""
    if own is not None:
        told = f"{above_own}{points(total - own)} 分" if total > own else at_own
    if better is not None and better > total:
        told += f"{below_better}{points(better - total)} 分"
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
