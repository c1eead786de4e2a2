"""What an upheld appeal may make of a grade (M13): nothing worse, the best grade only within its cap."""

from dataclasses import dataclass

from shared.rules.words import Refusal

from .rulebook_values import Rulebook


@dataclass(frozen=True)
class Held:
    """A grade as it stands or would be, None where none was given; `points` added by appeals, hundredths."""

    grade: str | None
    points: int


def may_correct(rulebook: Rulebook, before: Held, after: Held, graded: int, others: int) -> Refusal | None:
    """Why an appeal may not end so; None when it may.

    `graded` are those graded in the branch, `others` how many besides the member hold the best grade there.
    """
    if after.points < before.points:
        return _fewer(before.points)
    places = rulebook.places
    if after.grade is None or after.grade not in places:
        return Refusal("grade", "请选改定的格次", "name the grade as corrected")
    if before.grade in places and places[after.grade] > places[before.grade]:
        now = rulebook.grades[places[before.grade]]
        return Refusal(
            "worse",
            f"申诉不能使结果更差：现为“{now.name}”，改定的格次不能更低",
            f"an appeal makes nothing worse: the grade is {now.name_en}",
        )
    if after == before:
        return Refusal(
            "nothing",
            "格次和分数都没有变。申诉成立的，请改定格次或者补正分数；不用改的，结论选“申诉不成立”",
            "neither grade nor points change: put one of them right, or reject the appeal",
        )
    best = rulebook.grades[0]
    if after.grade != best.code or before.grade == best.code:
        return None
    seats = rulebook.cap_seats(graded)
    if others < seats:
        return None
    second = rulebook.grades[1]
    return Refusal(
        "cap",
        f"“{best.name}”名额已满：评定格次 {graded} 人，最多 {seats} 人，现已有 {others} 人。"
        f"请改定为“{second.name}”，漏记的积分照样补正",
        f"no seat is left for {best.name_en}: of {graded} graded {seats} may hold it, {others} do; "
        f"decide for {second.name_en} and put the points right",
    )


def _fewer(points: int) -> Refusal:
    if points:
        return Refusal(
            "worse",
            f"申诉不能使结果更差：以前的申诉已补 {points // 100}.{points % 100:02d} 分，补正的积分不能更少",
            "an appeal makes nothing worse: an earlier one has added more points",
        )
    return Refusal(
        "worse",
        "申诉不能使结果更差：补正的积分不能是负数，分数不变的填 0",
        "an appeal makes nothing worse: points are not taken away",
    )
