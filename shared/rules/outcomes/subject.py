"""Whom an outcome concerns, and whether a rule's conditions hold for him, with the reasons in words (M12)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from datetime import date

from shared.rules.scoring import hundredths_text as points_text
from shared.rules.words import Line

from .rulebook_values import Rulebook, When

_FLAG_WORDS = {
    "leading": ("系领导干部", "holds a leading post"),
    "in_post": ("系在职人员", "is in post"),
    "no_post": ("系无职党员", "holds no post"),
    "reserve": ("系后备干部", "is a reserve cadre"),
    "candidate": ("系拟任人选", "is a candidate for appointment"),
    "discipline_breach": ("存在违纪情形", "a breach of discipline is on record"),
    "law_breach": ("存在违法情形", "a breach of law is on record"),
    "tolerance_requested": ("已申请容错", "has applied for fault tolerance"),
}
_HELP_WORDS = {
    "none": ("尚未开展帮扶教育", "no help period yet"),
    "running": ("正在帮扶教育期内", "the help period is running"),
    "over": ("帮扶教育期已满，尚未评估", "the help period is over and not yet reviewed"),
    "failed": ("帮扶教育无效", "the help period has failed"),
    "improved": ("帮扶教育见效", "the help period has helped"),
}


@dataclass(frozen=True)
class HelpPeriod:
    """Help and education (帮扶教育) after the grade of `year`; `result` is 'improved', 'failed' or None."""

    year: int
    first: date
    last: date
    result: str | None = None


@dataclass(frozen=True)
class Shield:
    """Fault tolerance over the listed outcomes; an application (`granted` False) has no `last` day yet."""

    case: str
    codes: frozenset[str]
    first: date
    last: date | None
    granted: bool


@dataclass(frozen=True)
class Subject:
    """A member with the grade of `year` (None: ungraded). `total` in hundredths; `history`: grade by year.

    `place_in_grade` 1 is the best of the grade, `from_bottom` 1 the last of the pool. `open_cases` are codes
    of outcomes of this year that are proposed or decided already. The flags of breach and of tolerance are
    set by the people who recorded them.
    """

    member: str
    name: str
    year: int
    grade: str | None
    total: int
    flags: frozenset[str] = frozenset()
    field: str = ""
    history: Mapping[int, str] = default(default_factory=dict)
    place_in_grade: int | None = None
    from_bottom: int | None = None
    help: tuple[HelpPeriod, ...] = ()
    open_cases: frozenset[str] = frozenset()
    shields: tuple[Shield, ...] = ()


def help_state(subject: Subject, on: date) -> str:
    """Where the help period after this year's grade stands: none, running, over, failed or improved."""
    own = [period for period in subject.help if period.year == subject.year]
    if not own:
        return "none"
    latest = max(own, key=lambda period: (period.first, period.last))
    if latest.result is not None:
        return latest.result
    return "over" if on > latest.last else "running"


def reasons(rulebook: Rulebook, when: When, subject: Subject, on: date) -> tuple[Line, ...] | None:
    """Why the conditions hold, one line each; None when one does not."""
    lines: list[Line] = []
    for check in _CHECKS:
        for line in check(rulebook, when, subject, on):
            if line is None:
                return None
            lines.append(line)
    return tuple(lines)


_Found = Iterator[Line | None]


def _grade(rulebook: Rulebook, when: When, subject: Subject, on: date) -> _Found:
    if when.grade_in:
        if subject.grade is None or subject.grade not in when.grade_in:
            yield None
            return
        name = rulebook.grades[subject.grade].name
        yield Line(f"{subject.year} 年度格次为“{name}”", f"grade of {subject.year}: {subject.grade}")


def _flags(rulebook: Rulebook, when: When, subject: Subject, on: date) -> _Found:
    if not subject.flags.isdisjoint(when.without):
        yield None
    for name in when.flags:
        yield Line(*_FLAG_WORDS[name]) if name in subject.flags else None


def _field(rulebook: Rulebook, when: When, subject: Subject, on: date) -> _Found:
    if when.field_in and subject.field not in when.field_in:
        yield None


def _consecutive(rulebook: Rulebook, when: When, subject: Subject, on: date) -> _Found:
    if when.consecutive is None:
        return
    grades, years = when.consecutive
    known = {**subject.history, subject.year: subject.grade}
    run = list(range(subject.year - years + 1, subject.year + 1))
    if any(known.get(year) not in grades for year in run):
        yield None
        return
    names = "、".join(f"{year} 年“{rulebook.grades[str(known[year])].name}”" for year in run)
    yield Line(
        f"连续 {years} 年：{names}",
        f"{years} years in a row: " + ", ".join(f"{year} {known[year]}" for year in run),
    )


def _places(rulebook: Rulebook, when: When, subject: Subject, on: date) -> _Found:
    if when.lowest is not None:
        place = subject.from_bottom
        words = Line(f"排名倒数第 {place}，在后 {when.lowest} 名之内", f"number {place} from the bottom")
        yield words if place is not None and place <= when.lowest else None
    if when.best_of_grade is not None:
        place = subject.place_in_grade
        words = Line(f"在同格次中列第 {place} 名", f"number {place} of the grade")
        yield words if place is not None and place <= when.best_of_grade else None


def _total(rulebook: Rulebook, when: When, subject: Subject, on: date) -> _Found:
    if when.total_below is not None:
        got, limit = points_text(subject.total), points_text(when.total_below)
        words = Line(f"年度总分 {got} 分，低于 {limit} 分", f"total {got}, below {limit}")
        yield words if subject.total < when.total_below else None


def _help(rulebook: Rulebook, when: When, subject: Subject, on: date) -> _Found:
    if when.help:
        yield Line(*_HELP_WORDS[when.help]) if help_state(subject, on) == when.help else None


_CHECKS: tuple[Callable[[Rulebook, When, Subject, date], _Found], ...] = (
    _grade,
    _flags,
    _field,
    _consecutive,
    _places,
    _total,
    _help,
)
