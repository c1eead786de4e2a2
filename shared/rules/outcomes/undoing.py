"""A successful appeal (M12): everything that followed is undone by counter-entry, in all tiers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.rules.words import RuleError


@dataclass(frozen=True)
class Consequence:
    """Something on record: a grade, outcome, notice, honour, posting or next base, and what it followed from.

    `amount` in hundredths, 0 where no points are involved; `tier` holds the record.
    """

    id: str
    kind: str
    tier: str
    what: str
    what_en: str
    amount: int = 0
    caused_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class CounterEntry:
    """Undoes one consequence; history stays as it is."""

    of: str
    kind: str
    tier: str
    what: str
    what_en: str
    amount: int


def undo(
    chain: Iterable[Consequence], root: str, undone: frozenset[str] = frozenset()
) -> tuple[CounterEntry, ...]:
    """Counter-entries for `root` and all that followed from it, what came last first.

    `undone` are ids that have their counter-entry already. RuleError: an id twice, root unknown, a circle.
    """
    known: dict[str, Consequence] = {}
    for one in chain:
        if one.id in known:
            raise RuleError(f"{one.id} 出现了两次", f"{one.id} is given twice")
        known[one.id] = one
    if root not in known:
        raise RuleError(f"记录中没有 {root}", f"there is no {root} on record")
    depth = _depths(known, root)
    order = sorted((id_ for id_ in depth if id_ not in undone), key=lambda id_: (-depth[id_], id_))
    return tuple(_counter(known[id_]) for id_ in order)


def _depths(known: Mapping[str, Consequence], root: str) -> dict[str, int]:
    """How many steps each consequence lies behind the root, by the longest way."""
    followers: dict[str, list[str]] = {}
    for one in known.values():
        for cause in one.caused_by:
            followers.setdefault(cause, []).append(one.id)
    depth, layer = {root: 0}, [root]
    for step in range(1, len(known) + 1):
        layer = sorted({follower for one in layer for follower in followers.get(one, ())})
        depth |= dict.fromkeys(layer, step)
    # In a chain without a circle the layers run out before every record was a step of its own.
    if layer:
        raise RuleError("结果之间互为因果，请检查记录", "the records cause each other in a circle")
    return depth


def _counter(one: Consequence) -> CounterEntry:
    return CounterEntry(
        one.id, one.kind, one.tier, f"撤销：{one.what}", f"undone: {one.what_en}", -one.amount
    )
