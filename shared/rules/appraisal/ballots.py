"""Ballots in totals only: does a tally hold, what may be published of it (M10, TRUST.md)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from shared.rules.words import RuleError

from .rulebook_values import BallotRule, Rulebook


@dataclass(frozen=True)
class Quorum:
    """`needed` ballots were asked for, `cast` were put in."""

    ok: bool
    needed: int
    cast: int


@dataclass(frozen=True)
class Tally:
    """Votes on one subject: those eligible, ballots cast, votes by choice; the rest left this name blank."""

    eligible: int
    cast: int
    counts: Mapping[str, int]

    @property
    def valid(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Skipped:
    """A ballot that was not held; the reason goes on record."""

    reason: str


@dataclass(frozen=True)
class Published:
    """Tallies that may be shown by subject, and those only shown `together` (`merged`, None: not at all)."""

    shown: Mapping[str, Tally]
    together: tuple[str, ...]
    merged: Tally | None


def tally_holds(rulebook: Rulebook, kind: str, eligible: int, cast: int) -> Quorum:
    """Whether so many ballots of `kind` ('members' or 'masses') meet the rulebook's quorum.

    RuleError when more were cast than people eligible, or a number is below 0.
    """
    if not 0 <= cast <= eligible:
        raise RuleError(
            f"收回 {cast} 票，应参评 {eligible} 人，数目不符",
            f"{cast} ballots of {eligible} eligible: the numbers do not fit",
        )
    rule = rulebook.ballots[kind].quorum
    share = eligible * rule.percent
    needed = share // 100_00 + 1 if rule.more_than else -(-share // 100_00)
    # An empty ballot never holds, whatever the rulebook says.
    needed = max(needed, rule.least, 1)
    return Quorum(cast >= needed, needed, cast)


def require(rulebook: Rulebook, kind: str, tally: Tally) -> BallotRule:
    """The ballot's rule if the tally is sound; RuleError on quorum unmet or votes that do not add up."""
    ballot = rulebook.ballots[kind]
    quorum = tally_holds(rulebook, kind, tally.eligible, tally.cast)
    if not quorum.ok:
        raise RuleError(
            f"{ballot.name}不足法定人数：需 {quorum.needed} 票，收回 {quorum.cast} 票，请补投或重新组织",
            f"{kind} ballot without quorum: {quorum.needed} needed, {quorum.cast} cast; hold it again",
        )
    for code, votes in tally.counts.items():
        if code not in ballot.by_code or votes < 0:
            raise RuleError(
                f"{ballot.name}没有“{code}”这一选项，或票数小于 0", f"no choice '{code}' or votes below 0"
            )
    if not 0 < tally.valid <= tally.cast:
        raise RuleError(
            f"{ballot.name}有效票 {tally.valid} 张，收回 {tally.cast} 张，无法计算",
            f"{tally.valid} valid votes out of {tally.cast} cast: cannot be counted",
        )
    return ballot


def merged(*tallies: Tally) -> Tally:
    """Several tallies of the same choices as one."""
    counts: Counter[str] = Counter()
    for tally in tallies:
        counts.update(tally.counts)
    return Tally(
        sum(tally.eligible for tally in tallies),
        sum(tally.cast for tally in tallies),
        dict(sorted(counts.items())),
    )


def publishable(rulebook: Rulebook, tallies: Mapping[str, Tally]) -> Published:
    """What may be shown of the tallies of several subjects or units whose sum is shown above them.

    Those of fewer than `least_voters` ballots are merged; the smallest others join them until the merged
    ones have enough voters themselves, or taking the shown from the sum would tell the hidden.
    """
    order = sorted(tallies, key=lambda name: (tallies[name].cast, name))
    hidden = [name for name in order if tallies[name].cast < rulebook.least_voters]
    rest = order[len(hidden) :]
    while hidden and rest and merged(*(tallies[name] for name in hidden)).cast < rulebook.least_voters:
        hidden.append(rest.pop(0))
    together = merged(*(tallies[name] for name in hidden))
    return Published(
        {name: tallies[name] for name in sorted(rest)},
        tuple(sorted(hidden)),
        together if together.cast >= rulebook.least_voters else None,
    )
