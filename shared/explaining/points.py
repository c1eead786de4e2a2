"""The year's points as sections: claims, statements, postings, and what they add up to."""

from collections.abc import Iterator, Sequence
from typing import Any

from shared.explaining.document import Line, Section
from shared.explaining.held import Claim, Held, Part, Points
from shared.explaining.words import NOTHING, Words, both, joined, moment, of_name, plain, points
from shared.kit.i18n import N_
from shared.rules.points.scheme_values import Scheme
from shared.rules.points.year import RULE_VERSION

CUTS = {
    "item": N_("这一项已计满"),
    "category": N_("这一类已计满"),
    "attendance": N_("参会类已计满"),
    "month": N_("本月总分已计满"),
}
STATES = {
    "counted": N_("计入"),
    "approved": N_("已通过"),
    "struck": N_("已冲销，不计"),
    "waiting": N_("待审核，不计"),
    "returned": N_("已退回，不计"),
    "withdrawn": N_("已撤回，不计"),
}
KINDS = {"month": N_("当月入账"), "late": N_("补记"), "counter": N_("冲减")}


def point_sections(held: Held) -> list[Section]:
    """Claims, statements, postings, sums."""
    return [_claims(held), _statements(held), _postings(held), _sums(held)]


def rule_words(name: Words, digest: str, version: int) -> Words:
    """Which rulebook and rule version something follows."""
    return both(
        "规则：%(name)s，版本 %(hash)s，算法第 %(version)s 版", name=name, hash=digest[:12], version=version
    )


def _schemes(found: Points) -> Words:
    used = sorted({one.scheme for one in found.claims})
    known = [(found.schemes[one], one) for one in used if one in found.schemes]
    return joined([rule_words(of_name(scheme), digest, RULE_VERSION) for scheme, digest in known])


def _claims(held: Held) -> Section:
    found = held.points
    order = sorted(found.claims, key=lambda one: (one.day, one.id, one.number))
    lines = [_claim(held, one) for one in order]
    total = sum(line.points for line in found.counted.values())
    if found.elsewhere and (missing := sum(posted_sums(found).values()) - total):
        total += missing
        words = both("转接时带走、当时还没有入账的申报，记录在支部和乡镇，本级不存")
        lines.append(Line(words, missing, facts={"kind": "elsewhere"}))
    if lines:
        lines.append(Line(both("各条申报计入合计"), total, mark="sum"))
    else:
        lines.append(Line(both("没有申报")))
    return Section("claims", both("每一条申报"), lines, _schemes(found))


def _claim(held: Held, one: Claim) -> Line:
    scheme = held.points.schemes.get(one.scheme)
    counted = held.points.counted.get(one.id) if one.id else None
    item = of_name(scheme.by_code[one.item]) if scheme and one.item in scheme.by_code else plain(one.item)
    cut = counted.cut if counted else ""
    what = joined(
        [
            both("限额前 %(points)s 分", points=points(one.claimed)),
            both(CUTS[cut]) if cut else NOTHING,
            both(STATES[one.state]),
        ]
    )
    origin = both(
        "%(unit)s 第 %(number)s 号，%(category)s",
        unit=held.unit(one.unit_id),
        number=one.number,
        category=category_words(held.points, one.category),
    )
    return Line(
        both("%(day)s %(item)s", day=one.day.isoformat(), item=item),
        counted.points if counted else 0,
        notes=tuple(note for note in (joined([origin, what]), plain(one.what), one.stated) if note),
        facts={
            "number": one.number,
            "branch": str(one.unit_id),
            "day": one.day.isoformat(),
            "item": one.item,
            "category": one.category,
            "claimed": one.claimed,
            "counted": counted.points if counted else 0,
            "cut": cut,
            "state": one.state,
            "scheme": one.scheme,
        },
    )


def category_words(found: Points, code: str) -> Words:
    """A category's name, whichever scheme knows it."""
    known: Sequence[Scheme] = list(found.schemes.values())
    return next((of_name(one.category[code]) for one in known if code in one.category), plain(code))


def _statements(held: Held) -> Section:
    lines = [_statement(held, one) for one in held.points.parts]
    return Section("statements", both("每份积分月报"), lines or [Line(both("还没有月报"))])


def _title(held: Held, one: Part) -> Words:
    return both(
        "%(month)s 月月报第 %(part)s 次，%(unit)s",
        month=one.month,
        part=one.part,
        unit=held.unit(one.unit_id),
    )


def _statement(held: Held, one: Part) -> Line:
    steps = [step_words(step) for step in one.steps]
    inside = both("这份月报已算在随转接带来的分里") if one.inside else NOTHING
    again = NOTHING
    if one.again is not None:
        again = both("按原件重算不同：%(what)s", what=one.again) if one.again else both("按原件重算相同")
    return Line(
        _title(held, one),
        one.total,
        notes=tuple(note for note in (*steps, plain(one.note), inside, again) if note),
        facts={
            "statement": str(one.id),
            "month": one.month,
            "part": one.part,
            "branch": str(one.unit_id),
            "rule_version": one.rule_version,
        },
        mark={None: "", "": "same"}.get(one.again, "differs"),
    )


def step_words(step: Any) -> Words:
    """'已批准：某某 2026-02-03 12:00（理由）'."""
    said = both("%(what)s：%(by)s", what=step.what, by=f"{step.by} {moment(step.at)}".rstrip())
    return both("%(said)s，理由：%(reason)s", said=said, reason=step.reason) if step.reason else said


def _postings(held: Held) -> Section:
    lines = [*_brought(held), *(line for one in held.points.parts for line in _entries(held, one))]
    return Section("postings", both("每一笔入账"), lines or [Line(both("还没有入账"))])


def _brought(held: Held) -> Iterator[Line]:
    for one in held.points.brought:
        category = category_words(held.points, one.category)
        where = held.points.brought_from
        yield Line(
            both(
                "随转接带来（%(unit)s）：%(done)s %(category)s", unit=where, done=one.done, category=category
            ),
            one.points,
            facts={"done": one.done, "category": one.category, "kind": "brought"},
        )


def _entries(held: Held, one: Part) -> Iterator[Line]:
    for done, code, amount, kind in one.posted:
        words = both(
            "%(title)s：%(done)s %(category)s，%(kind)s",
            title=_title(held, one),
            done=done,
            category=category_words(held.points, code),
            kind=both(KINDS.get(kind, kind)),
        )
        notes = (both("已算在随转接带来的分里"),) if one.inside else ()
        facts = {"statement": str(one.id), "done": done, "category": code, "kind": kind, "inside": one.inside}
        yield Line(words, amount, notes=notes, facts=facts)


def posted_sums(found: Points) -> dict[tuple[str, str], int]:
    """Everything posted once, by month done and category: what was brought along and what came after."""
    sums: dict[tuple[str, str], int] = {}
    entries = [(one.done, one.category, one.points) for one in found.brought]
    entries += [
        (done, code, amount) for one in found.parts if not one.inside for done, code, amount, _k in one.posted
    ]
    for done, code, amount in entries:
        sums[done, code] = sums.get((done, code), 0) + amount
    return sums


def _sums(held: Held) -> Section:
    sums = posted_sums(held.points)
    lines = []
    for done in sorted({month for month, _code in sums}):
        parts = [(code, amount) for (month, code), amount in sorted(sums.items()) if month == done]
        said = [
            both("%(name)s %(points)s", name=category_words(held.points, code), points=points(amount))
            for code, amount in parts
        ]
        facts = {"done": done, "categories": dict(parts)}
        lines.append(
            Line(plain(done), sum(amount for _c, amount in parts), notes=(joined(said),), facts=facts)
        )
    by_category: dict[str, int] = {}
    for (_month, code), amount in sums.items():
        by_category[code] = by_category.get(code, 0) + amount
    for code, amount in sorted(by_category.items()):
        name = category_words(held.points, code)
        lines.append(Line(both("全年 %(name)s", name=name), amount, facts={"category": code}))
    lines.append(Line(both("入账合计"), sum(sums.values()), mark="sum"))
    lines.append(_check(held.points, sums))
    return Section("sums", both("按月、按类别合计"), lines)


def _check(found: Points, sums: dict[tuple[str, str], int]) -> Line:
    """What the claims are worth against what was posted, by month done and category."""
    owed: dict[tuple[str, str], int] = {}
    for one in found.counted.values():
        key = (f"{one.day:%Y-%m}", one.category)
        owed[key] = owed.get(key, 0) + one.points
    off = [key for key in sorted({*owed, *sums}) if owed.get(key, 0) != sums.get(key, 0)]
    if not off:
        return Line(both("申报按规则重算，与入账逐月逐类相同"), mark="same")
    if found.elsewhere:
        return Line(both("带走的申报记录不在本级，全年由转入支部和乡镇重算"))
    waiting = any(one.id and not one.stated and one.state == "approved" for one in found.claims)
    if waiting:
        left = sum(owed.values()) - sum(sums.values())
        return Line(both("已通过、等下次结账入账"), left)
    places = "，".join(f"{done} {code}" for done, code in off[:6])
    return Line(both("申报按规则重算，与入账不同：%(places)s", places=places), mark="differs")
