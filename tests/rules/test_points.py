"""Points: a function of the set of claims; the ledger is its shadow; each refusal by name."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rules.document import DocumentError
from shared.rules.points.claims import (
    Claimant,
    Claimed,
    Returned,
    flags,
    last_day_for,
    leaves_time,
    put_right_until,
    refusal,
    worth,
)
from shared.rules.points.posting import postings
from shared.rules.points.scheme import parse_scheme
from shared.rules.points.scheme_values import FIELDS, Scheme
from shared.rules.points.year import Done, month_of, year_points

SHIPPED = Path("shared/rulebooks")
DOCUMENTS = {field: json.loads((SHIPPED / f"points_{field}.json").read_text()) for field in FIELDS}
RURAL, ORGAN = parse_scheme(DOCUMENTS["rural"]), parse_scheme(DOCUMENTS["organ"])
BRANCHES = parse_scheme(json.loads((SHIPPED / "points_organisations.json").read_text()))
TODAY = date(2026, 4, 5)


def done(number: int, item: str, day: date, times: int = 1, scheme: Scheme = RURAL) -> Done:
    return Done(f"c{number}", day, scheme, scheme.by_code[item], worth(scheme.by_code[item], times))


def claim(item: str = "household", day: date = date(2026, 4, 2), **values: object) -> Claimed:
    return Claimed(item, day, **{"times": 1, "what": "走访张家圩三户", "witness": "王组长", **values})


def total(claims: list[Done]) -> int:
    return sum(month.total for month in year_points(claims).values())


@st.composite
def years(draw: st.DrawFn) -> list[Done]:
    size = draw(st.integers(0, 20))
    made = []
    # A member's year, or a branch's own.
    schemes = draw(st.sampled_from([[RURAL, RURAL, ORGAN], [BRANCHES]]))
    for number in range(size):
        scheme = draw(st.sampled_from(schemes))
        item = draw(st.sampled_from(scheme.items))
        day = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 89)))
        points = draw(st.integers(item.points, item.most)) * draw(st.integers(1, 3))
        made.append(Done(f"c{number}", day, scheme, item, points))
    return made


@pytest.mark.parametrize("field", FIELDS)
def test_a_scheme_is_shipped_for_each_field_and_names_its_source(field):
    scheme = parse_scheme(DOCUMENTS[field])
    assert scheme.field == field
    assert scheme.source
    assert not any("登录" in item.name or "在线时长" in item.name for item in scheme.items)


@given(years(), st.randoms())
def test_the_order_of_arrival_never_changes_a_total(claims, random):
    shuffled = claims[:]
    random.shuffle(shuffled)
    assert year_points(shuffled) == year_points(claims)


@given(years())
def test_a_claim_that_arrives_twice_counts_once(claims):
    assert year_points(claims + claims[::2]) == year_points(claims)


@given(years())
def test_one_claim_more_never_lowers_a_total(claims):
    earning = [one for one in claims if one.scheme.category[one.item.category].sign > 0]
    for one in earning[:5]:
        assert total(earning) >= total([other for other in earning if other is not one])


@given(years())
def test_no_cap_is_ever_exceeded(claims):
    for month in year_points([one for one in claims if one.scheme is RURAL]).values():
        assert month.attendance <= RURAL.attendance_cap
        for code, points in month.categories.items():
            category = RURAL.category[code]
            assert category.cap is None or points <= category.cap
        capped = sum(p for c, p in month.categories.items() if RURAL.category[c].period == "month" and p > 0)
        assert capped <= RURAL.month_cap


@given(years(), st.lists(st.integers(0, 2), min_size=20, max_size=20))
def test_what_is_posted_always_adds_up_to_what_is_owed(claims, known_from):
    """Claims become known at any close from their own month on; the sum of postings is the function."""
    posted: dict[tuple[tuple[int, int], str], int] = {}
    for closing in ((2026, 1), (2026, 2), (2026, 3), (2026, 4), (2026, 5)):
        known = [one for one, late in zip(claims, known_from, strict=False) if _close(one, late) <= closing]
        for entry in postings(year_points(known), posted, closing):
            key = (entry.done, entry.category)
            posted[key] = posted.get(key, 0) + entry.points
    assert sum(posted.values()) == total(claims)


def test_a_month_that_is_answered_posts_more_or_less_for_any_other_month_closed_so_far():
    owed = year_points([done(number, "household", date(2026, number, 5)) for number in (1, 2, 3, 4)])
    posted = {((2026, 1), "service"): 0, ((2026, 3), "gone"): 50}
    found = postings(owed, posted, (2026, 2), (2026, 3))
    kinds = {(entry.done[1], entry.category == "gone"): entry.kind for entry in found}
    assert kinds == {(1, False): "late", (2, False): "month", (3, False): "late", (3, True): "counter"}


def _close(one: Done, late: int) -> tuple[int, int]:
    year, month = month_of(one.day)
    return year, month + late


@given(years(), st.integers(0, 89))
def test_a_year_split_by_a_transfer_has_the_same_total(claims, moved):
    """Postings of the first branch travel along: the second goes on with the same function."""
    day = date(2026, 1, 1) + timedelta(days=moved)
    before = [one for one in claims if one.day < day]
    first = postings(year_points(before), {}, month_of(day))
    carried: dict[tuple[tuple[int, int], str], int] = {}
    for entry in first:
        carried[entry.done, entry.category] = carried.get((entry.done, entry.category), 0) + entry.points
    second = postings(year_points(claims), carried, (2026, 12))
    assert sum(entry.points for entry in (*first, *second)) == total(claims)


def test_attendance_alone_stays_under_its_cap_and_the_line_says_so():
    day = date(2026, 3, 6)
    claims = [done(1, "theme_day", day), done(2, "assembly", day, 2), done(3, "lecture", day)]
    month = year_points(claims)[2026, 3]
    assert month.attendance == RURAL.attendance_cap == 350
    assert [line.cut for line in month.lines] == ["", "", "attendance"]


def test_bonus_for_key_work_is_capped_over_the_year():
    claims = [Done(f"b{n}", date(2026, n, 1), RURAL, RURAL.by_code["key_project"], 800) for n in (1, 2, 3)]
    assert [month.total for month in year_points(claims).values()] == [800, 400, 0]


def test_a_deduction_is_negative_and_knows_no_month_cap():
    month = year_points([done(1, "criticised", date(2026, 3, 1))])[2026, 3]
    assert month.total == -300


def test_two_different_claims_under_one_id_are_refused():
    with pytest.raises(ValueError, match="different contents"):
        year_points([done(1, "study", date(2026, 3, 1)), done(1, "study", date(2026, 3, 2))])


@pytest.mark.parametrize(
    ("code", "item", "values"),
    [
        ("unknown_item", "login_bonus", {}),
        ("future", "household", {"day": date(2026, 4, 6)}),
        ("before_scheme", "household", {"day": date(2025, 12, 31)}),
        ("not_here", "household", {"day": date(2026, 1, 31)}),
        ("branch_only", "theme_day", {}),
        ("times", "household", {"times": 0}),
        ("too_short", "household", {"what": " 走访 "}),
        ("evidence", "household", {"witness": ""}),
    ],
)
def test_each_refusal_has_its_name(code, item, values):
    who = Claimant(since=date(2026, 2, 1))
    found = refusal(RURAL, claim(item, **values), who, TODAY, [], by_branch=False)
    assert found is not None
    assert found.code == code


def test_a_claim_of_a_closed_month_is_taken_until_its_late_days_end():
    march = claim(day=date(2026, 3, 30))
    assert last_day_for(march.day, RURAL.late_days) == date(2026, 4, 10)
    closed = [(2026, 3)]
    assert refusal(RURAL, march, Claimant(), date(2026, 4, 10), closed, by_branch=False) is None
    late = refusal(RURAL, march, Claimant(), date(2026, 4, 11), closed, by_branch=False)
    assert late is not None
    assert (late.code, late.values["until"]) == ("too_late", date(2026, 4, 10))
    assert refusal(RURAL, march, Claimant(), date(2026, 4, 20), [], by_branch=False) is None


def test_december_has_its_late_days_in_january():
    assert last_day_for(date(2026, 12, 24), 10) == date(2027, 1, 10)


def test_an_exempt_member_is_not_measured_on_hard_items():
    exempt = Claimant(exempt=True)
    found = refusal(RURAL, claim("theme_day"), exempt, TODAY, [], by_branch=True)
    assert found is not None
    assert found.code == "exempt"
    assert refusal(RURAL, claim("study"), exempt, TODAY, [], by_branch=True) is None


def test_an_item_for_leaders_is_not_for_everyone():
    found = refusal(ORGAN, claim("four_ones"), Claimant(), TODAY, [], by_branch=False)
    assert found is not None
    assert found.code == "not_for_role"
    leading = Claimant(roles=frozenset({"leading"}))
    assert refusal(ORGAN, claim("four_ones"), leading, TODAY, [], by_branch=False) is None


def test_a_witness_counts_where_evidence_is_required():
    assert refusal(RURAL, claim("commended_county"), Claimant(), TODAY, [], by_branch=True) is None


def test_the_branch_decides_within_the_range_of_an_item():
    task = RURAL.by_code["task"]
    assert worth(task, 1) == 100
    assert worth(task, 1, 250) == 250
    with pytest.raises(ValueError, match="not between"):
        worth(task, 1, 301)


def test_the_same_thing_on_the_same_day_is_flagged_and_so_is_nearly_the_same_text():
    new = claim(what="走访联系户张家、李家、王家，了解春耕用水")
    same_day = claim("household", what="别的事情", id="a")
    alike = claim(
        "household", day=date(2026, 3, 31), what="走访联系户张家、李家、王家，了解春耕用水情况", id="b"
    )
    far = claim("household", day=date(2026, 3, 10), what=alike.what, id="c")
    other_item = claim("dispute", what=new.what, id="d")
    found = flags(RURAL, new, [same_day, alike, far, other_item])
    assert [(one.code, one.values["id"]) for one in found] == [("same_day", "a"), ("alike", "b")]


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("attendance_cap", lambda d: d.update(attendance_cap="3.555")),
        ("items[0].most", lambda d: d["items"][0].update(most="0.5")),
        ("items[1].code", lambda d: d["items"][1].update(code="theme_day")),
        ("items[3].category", lambda d: d["items"][3].update(category="other")),
        ("items", lambda d: d["items"][-1].update(attendance=True)),
        ("categories[0].year_cap", lambda d: d["categories"][0].update(year_cap="80")),
        ("categories", lambda d: d["categories"].append({"code": "empty", "name": "空", "kind": "basic"})),
        ("late_day", lambda d: d.update(late_day=3)),
        ("items[0].points", lambda d: d["items"][0].update(points=1.5)),
        ("items[0].hard", lambda d: d["items"][0].update(hard="yes")),
        ("effective_from", lambda d: d.update(effective_from="2026-02-30")),
    ],
)
def test_a_wrong_scheme_is_refused_at_its_place(path, change):
    document = json.loads(json.dumps(DOCUMENTS["rural"]))
    change(document)
    with pytest.raises(DocumentError) as error:
        parse_scheme(document)
    assert error.value.path == path


def test_organisations_have_a_scheme_of_their_own_with_key_work_as_a_bonus():
    scheme = BRANCHES
    assert (scheme.field, scheme.certainty) == ("organisations", "ours")
    assert scheme.category["bonus"].name == "重点工作加分"
    held_against = {item.code for item in scheme.items if scheme.category[item.category].sign < 0}
    assert {"late_return", "false_return"} <= held_against
    # What takes points away is entered above; all else the organisation files itself.
    assert held_against == {item.code for item in scheme.items if item.by == "branch"}


@given(
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.integers(0, 400),
    st.integers(0, 30),
    st.integers(0, 62),
)
def test_a_returned_claim_has_its_days_from_the_return_and_none_beyond_the_year(day, after, later, late_days):
    """What was filed in time may be put right on every day until the one told, and on none after it."""
    scheme = replace(RURAL, late_days=late_days)
    back = Returned(day, day + timedelta(days=after), last_day_for(date(2026, 12, 31), late_days))
    until, closed = put_right_until(back, late_days), [month_of(day)]
    assert last_day_for(day, late_days) <= until <= back.year_until
    if leaves_time(back, late_days):
        assert until > back.on
        assert until >= min(back.on + timedelta(days=late_days), back.year_until)
    else:
        assert back.on >= min(back.year_until, back.on + timedelta(days=late_days))
    today = max(until + timedelta(days=later), day)
    found = refusal(scheme, claim(day=day), Claimant(), today, closed, by_branch=False, returned=back)
    assert (found is None) == (today == until)
    assert found is None or (found.code, found.values["until"]) == ("too_late", until)


@given(st.dates(date(2026, 1, 1), date(2026, 11, 30)), st.dates(date(2026, 1, 1), date(2026, 11, 30)))
def test_a_return_opens_no_other_month(day, other):
    """Put right is what was filed: a day of another month is a claim of its own, with its own last day."""
    back = Returned(day, date(2026, 12, 1), date(2027, 1, 10))
    closed = [(2026, month) for month in range(1, 12)]
    found = refusal(
        RURAL, claim(day=other), Claimant(), date(2026, 12, 11), closed, by_branch=False, returned=back
    )
    assert (found is None) == (month_of(day) == month_of(other))
