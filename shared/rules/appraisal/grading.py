"""Grades (格次, M11) of a branch's members or of units: subjects in, grades, ranks and reasons out.

Pure and order-independent: the same rulebook, subjects and decisions give the same grading. A change of
outcome needs a new RULE_VERSION, and the old code is kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from shared.rules.scoring import hundredths_text as points_text
from shared.rules.words import Line, RuleError

from .rulebook_values import Rulebook
from .signals import Appraised, Judged, judge

RULE_VERSION = 1


@dataclass(frozen=True)
class Decision:
    """A meeting's word on equals at the cut of the first grade: best first, with its reason."""

    members: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Block:
    """Equals of whom only `seats` may hold the first grade: it bars the close until a meeting decides."""

    members: tuple[str, ...]
    seats: int


@dataclass(frozen=True)
class MemberResult:
    """`grade` None: probationary or undecided; `rank` None: probationary or exempt."""

    member: str
    name: str
    grade: str | None
    total: int
    rank: int | None
    lines: tuple[Line, ...]
    undecided: bool = False


@dataclass(frozen=True)
class Grading:
    """Results by rank, then by member; `seats` of the first grade for the `graded`.

    While `undecided` is not empty the step cannot close. `unused_decisions` fit no block any more.
    """

    rule_version: int
    rulebook_hash: str
    results: tuple[MemberResult, ...]
    graded: int
    seats: int
    undecided: tuple[Block, ...]
    unused_decisions: tuple[Decision, ...]


@dataclass
class _Cut:
    """Who keeps the first grade (member → line), who loses it, who waits."""

    kept: dict[str, Line] = field(default_factory=dict)
    lost: dict[str, Line] = field(default_factory=dict)
    block: Block | None = None
    used: Decision | None = None


def grade(rulebook: Rulebook, appraised: Iterable[Appraised], decisions: Sequence[Decision] = ()) -> Grading:
    """Grade all subjects of one pool (a branch).

    RuleError: a subject twice, a ballot without quorum, no opinion, a decision without reason.
    """
    subjects = sorted(appraised, key=lambda one: one.member)
    for one, other in pairwise(subjects):
        if one.member == other.member:
            raise RuleError(f"{one.name}出现了两次，请去掉一条", f"{one.member} is given twice: remove one")
    judged = [judge(rulebook, one) for one in subjects if not one.probationary]
    seats = rulebook.cap_seats(len(judged))
    cut = _cut(rulebook, judged, seats, _by_members(decisions))
    ranks = _ranks(judged)
    results = [_result(rulebook, one, cut, ranks) for one in judged]
    results += [_ungraded(one) for one in subjects if one.probationary]
    return Grading(
        RULE_VERSION,
        rulebook.hash,
        tuple(sorted(results, key=lambda one: (one.rank is None, one.rank or 0, one.member))),
        len(judged),
        seats,
        (cut.block,) if cut.block else (),
        tuple(decision for decision in decisions if decision is not cut.used),
    )


def _by_members(decisions: Sequence[Decision]) -> dict[frozenset[str], Decision]:
    found: dict[frozenset[str], Decision] = {}
    for decision in decisions:
        key = frozenset(decision.members)
        if len(key) != len(decision.members) or len(key) < 2 or not decision.reason.strip():
            raise RuleError(
                "会议决定须写明两个以上不同的评议对象和理由",
                "a decision needs two or more different subjects and a reason",
            )
        if key in found:
            raise RuleError(
                "同一批评议对象有两份决定，请只留一份", "two decisions cover the same subjects: keep one"
            )
        found[key] = decision
    return found


def _cut(
    rulebook: Rulebook, judged: Sequence[Judged], seats: int, decisions: Mapping[frozenset[str], Decision]
) -> _Cut:
    """Seats of the first grade by how far each attained the standard that applies; equals at the cut wait."""
    cut, left = _Cut(), seats
    able = sorted(
        (one for one in judged if one.place == 0), key=lambda one: (-one.attained, one.subject.member)
    )
    first = rulebook.grades[0]
    many = f"{len(judged)} {'个' if rulebook.subjects == 'units' else '人'}"
    room = f"“{first.name}”名额 {seats} 个（参评 {many}的 {rulebook.cap[0]}/{rulebook.cap[1]}，取整）"
    room_en = f"{seats} seats of {first.code} for {len(judged)} graded"
    clause = rulebook.cap_clause
    for _, group in groupby(able, key=lambda one: one.attained):
        members = [one.subject.member for one in group]
        if len(members) <= left:
            cut.kept |= dict.fromkeys(members, Line(f"{room}，列入", f"{room_en}: holds one", clause))
            left -= len(members)
        elif left == 0:
            lower = rulebook.grades[1].name
            line = Line(
                f"{room}已满，定为“{lower}”", f"{room_en}, all taken: {rulebook.grades[1].code}", clause
            )
            cut.lost |= dict.fromkeys(members, line)
        elif decision := decisions.get(frozenset(members)):
            cut.used = decision
            why = decision.reason.strip().rstrip("。")
            line = Line(
                f"{room}，同分者由会议决定，理由：{why}",
                f"{room_en}; equals decided by a meeting: {why}",
                clause,
            )
            cut.kept |= dict.fromkeys(decision.members[:left], line)
            cut.lost |= dict.fromkeys(decision.members[left:], line)
            left = 0
        else:
            cut.block, left = Block(tuple(members), left), 0
    return cut


def _ranks(judged: Sequence[Judged]) -> dict[str, int]:
    """1, 2, 2, 4 … by attainment among those who are ranked."""
    ranked = sorted((one for one in judged if not one.subject.exempt), key=lambda one: -one.attained)
    ranks: dict[str, int] = {}
    for _, group in groupby(ranked, key=lambda one: one.attained):
        members = [one.subject.member for one in group]
        ranks |= dict.fromkeys(members, len(ranks) + 1)
    return ranks


def _result(rulebook: Rulebook, one: Judged, cut: _Cut, ranks: Mapping[str, int]) -> MemberResult:
    subject = one.subject
    member, place, lines, undecided = subject.member, one.place, one.lines, False
    if line := cut.kept.get(member):
        lines += (line,)
    elif line := cut.lost.get(member):
        place, lines = 1, (*lines, line)
    elif cut.block and member in cut.block.members:
        undecided, lines = True, (*lines, _waiting(rulebook, one, cut.block))
    return MemberResult(
        member,
        subject.name,
        None if undecided else rulebook.grades[place].code,
        subject.total,
        ranks.get(member),
        lines,
        undecided,
    )


def _waiting(rulebook: Rulebook, one: Judged, block: Block) -> Line:
    name, total = rulebook.grades[0].name, points_text(one.subject.total)
    return Line(
        f"总分 {total} 分，{len(block.members)} 个同分，“{name}”只剩 {block.seats} 个名额，待会议决定",
        f"total {total}, {len(block.members)} equals for {block.seats} seats left: a meeting decides",
        rulebook.cap_clause,
    )


def _ungraded(one: Appraised) -> MemberResult:
    line = Line("预备党员参加评议，不定格次", "probationary: takes part ungraded")
    return MemberResult(one.member, one.name, None, one.total, None, (line,))
