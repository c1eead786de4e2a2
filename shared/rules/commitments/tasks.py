"""The task sheet (定诺) and its judging (评诺), drafts out of last year's problems (M7, M13)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from shared.rules.words import RuleError, half_up

ORIGINS = ("own", "people", "unit_plan", "organisation")
VERDICTS = ("done", "partly", "not")
FULL = 100_00
# Problems are found 自己找、组织点、群众提; each becomes a draft of the matching origin.
_ORIGIN_OF = {"self": "own", "organisation": "organisation", "people": "people"}


@dataclass(frozen=True)
class Fit:
    """The branch's test of an item: people's wishes, the member's strengths, the organisation's needs.

    None: not yet answered.
    """

    wishes: bool | None = None
    strengths: bool | None = None
    needs: bool | None = None


@dataclass(frozen=True)
class TaskItem:
    """One line of a member's or unit's task sheet; `count` in whole units, None when it is not counted."""

    id: str
    origin: str
    what: str
    count: int | None
    due: date
    fit: Fit = Fit()

    def __post_init__(self) -> None:
        if self.origin not in ORIGINS:
            raise RuleError(f"来源只能是 {ORIGINS}", f"origin must be one of {ORIGINS}")


@dataclass(frozen=True)
class Gap:
    """Something a task sheet lacks; `item` is '' when it concerns the whole sheet. A hint, not a bar."""

    code: str
    item: str
    message: str
    message_en: str


@dataclass(frozen=True)
class Problem:
    """A problem found last year: by 'self', 'organisation' or 'people'."""

    id: str
    text: str
    found_by: str


@dataclass(frozen=True)
class Drop:
    """Not carrying a problem on: `reason` by who asks, `accepted` by the branch."""

    problem: str
    reason: str
    accepted: bool


@dataclass(frozen=True)
class ProblemDraft:
    problem: str
    origin: str
    what: str
    year: int


@dataclass(frozen=True)
class Judgement:
    """`fulfilment` in hundredths of percent (100.00 % = 10000); `late_days` after the due day."""

    item: str
    verdict: str
    fulfilment: int
    late_days: int


_ORIGIN_GAPS = (
    ("people", "还没有回应群众期盼的事项", "no item answers the people's wishes"),
    ("unit_plan", "还没有来自单位年度计划的事项", "no item comes from the unit's annual plan"),
    ("organisation", "还没有组织交办的事项", "no item comes from the organisation's needs"),
    ("own", "还没有本人主动提出的事项", "no item comes from the member's own will"),
)
_FIT_GAPS = (
    ("wishes", "是否符合群众期盼", "the people's wishes"),
    ("strengths", "是否符合个人特长", "the member's strengths"),
    ("needs", "是否符合组织要求", "the organisation's needs"),
)


def gaps(items: Sequence[TaskItem]) -> tuple[Gap, ...]:
    """What the branch should look at before it sets a sheet: origins without an item, tests unanswered."""
    origins = {item.origin for item in items}
    found = [Gap("no_" + code, "", zh, en) for code, zh, en in _ORIGIN_GAPS if code not in origins]
    for item in items:
        for name, zh, en in _FIT_GAPS:
            answer = getattr(item.fit, name)
            if answer is None:
                found.append(Gap("untested", item.id, f"还没有审{zh}", f"not yet tested against {en}"))
            elif not answer:
                found.append(
                    Gap(
                        "unfit_" + name,
                        item.id,
                        f"{zh}：审为不符",
                        f"found not to fit {en}: change or drop it",
                    )
                )
    return tuple(found)


def draft_from_problems(
    problems: Iterable[Problem], drops: Iterable[Drop], year: int
) -> tuple[ProblemDraft, ...]:
    """Every problem of last year as a draft for `year`, in order of id, but those dropped with leave.

    RuleError when a drop has no reason, no acceptance or no such problem, or a problem is given twice.
    """
    known: dict[str, Problem] = {}
    for problem in problems:
        if problem.id in known or problem.found_by not in _ORIGIN_OF:
            raise RuleError(
                f"问题 {problem.id} 重复或来源不明",
                f"problem {problem.id} is given twice or found by nobody known",
            )
        known[problem.id] = problem
    dropped = {drop.problem for drop in drops if _allowed(drop, known)}
    return tuple(
        ProblemDraft(one.id, _ORIGIN_OF[one.found_by], one.text, year)
        for one in sorted(known.values(), key=lambda problem: problem.id)
        if one.id not in dropped
    )


def _allowed(drop: Drop, known: dict[str, Problem]) -> bool:
    if drop.problem not in known:
        raise RuleError(f"没有问题 {drop.problem}", f"there is no problem {drop.problem}")
    if not drop.reason.strip():
        raise RuleError("不列入下年承诺须写明理由", "dropping a problem needs a reason")
    if not drop.accepted:
        raise RuleError(
            "不列入的理由须经支部同意", "the branch must accept the reason for dropping a problem"
        )
    return True


def fulfilment(achieved: int, count: int) -> int:
    """Share of the target reached in hundredths of percent, rounded down: short of it is never 100 %."""
    if achieved < 0 or count < 1:
        raise RuleError(
            "完成数不能小于 0，目标数至少为 1", "achieved must not be below 0, the target at least 1"
        )
    return min(FULL, achieved * FULL // count)


def late_days(due: date, finished: date | None, judged_on: date) -> int:
    """Calendar days after the due day; an item not finished is late up to the day it is judged."""
    return max(0, ((finished or judged_on) - due).days)


def judge(item: TaskItem, achieved: int, finished: date | None, judged_on: date) -> Judgement:
    """The verdict that the count suggests: done at the target, not at nothing, partly between.

    RuleError for an item that is not counted: a person judges it with `judged`.
    """
    if item.count is None:
        raise RuleError("该事项没有数量，请人工评定", "the item has no count: judge it by hand")
    share = fulfilment(achieved, item.count)
    verdict = "done" if share == FULL else "partly" if achieved else "not"
    return Judgement(item.id, verdict, share, late_days(item.due, finished, judged_on))


def judged(item: TaskItem, verdict: str, share: int, finished: date | None, judged_on: date) -> Judgement:
    """A person's verdict, checked: done is 100 %, not is 0 %, partly lies between (RuleError otherwise)."""
    fits = {"done": share == FULL, "not": share == 0, "partly": 0 < share < FULL}
    if not fits.get(verdict, False):
        raise RuleError(
            "完成填 100%，未完成填 0%，部分完成填两者之间",
            "done is 100 %, not done is 0 %, partly lies between",
        )
    return Judgement(item.id, verdict, share, late_days(item.due, finished, judged_on))


def sheet_fulfilment(judgements: Iterable[Judgement]) -> int | None:
    """Mean fulfilment of a sheet in hundredths of percent, half up, every item alike; None when empty."""
    shares = [one.fulfilment for one in judgements]
    return half_up(sum(shares), len(shares)) if shares else None
