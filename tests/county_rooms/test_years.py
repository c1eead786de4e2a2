"""Years of points: what a year runs under is read first, then fixed; own versions bind the next."""

import io
import json

import pytest

from deploy.demo.tiers import within
from services.county.years.books import NEEDED, in_force
from services.county.years.models import MemberYear
from shared.rulebooks import shipped_text
from shared.sync.years import year_of
from tests.branch.points_hands import at
from tests.county_rooms.rooms import leader, organiser, words


@pytest.fixture(scope="module", autouse=True)
def _january(county):
    county.now = at(1, 5)


def amended(shipped="points_rural", **changes):
    """A shipped rulebook with some fields replaced."""
    return json.dumps({**json.loads(shipped_text(shipped)), **changes}, ensure_ascii=False)


def opening(**changes):
    form = {"year": "2026", "ranked": "yes", "synthetic_note": "人员和数据均为合成", "confirmation": "2026"}
    return {**form, **changes}


def test_what_a_year_would_run_under_is_shown_before_it_is_opened(county):
    page = words(organiser(county).get("/years/new"))
    assert "开启 2026 年度" in page
    for kind in (
        "积分办法（农村）",
        "积分办法（社会组织）",
        "承诺提示",
        "党员评议定级",
        "党组织评议定级",
        "结果运用",
    ):
        assert kind in page, kind
    assert page.count("平台自带") == len(NEEDED)
    assert "还没有开启过积分年度" in words(leader(county).get("/years"))


@pytest.mark.parametrize("name", NEEDED.values())
def test_every_shipped_rulebook_reads_as_tables_and_downloads(county, name):
    page = organiser(county).get(f"/years/shipped/{name}")
    assert page.status_code == 200
    assert "<tbody" in page.get_data(as_text=True)
    text = organiser(county).get(f"/years/shipped/{name}/rulebook.json").get_data(as_text=True)
    assert text == shipped_text(name)


def test_a_scheme_says_items_points_caps_and_who_may_claim(county):
    page = words(organiser(county).get("/years/shipped/points_rural"))
    for said in (
        "基本义务",
        "每月最多 8 分",
        "全年最多 20 分",
        "参加主题党日",
        "1.5",
        "支部登记",
        "参会",
        "要有证明人",
    ):
        assert said in page, said


def test_an_opening_needs_the_year_typed_and_the_right(county):
    client = organiser(county)
    assert leader(county).get("/years/new").status_code == 403
    assert leader(county).post("/years", data=opening()).status_code == 403
    for wrong in ({"confirmation": ""}, {"ranked": ""}, {"ranked": "maybe"}, {"synthetic_note": "长" * 201}):
        answer = client.post("/years", data=opening(**wrong))
        assert answer.status_code == 422, wrong
    assert client.post("/years", data=opening(year="2028", confirmation="2028")).status_code == 409
    assert client.post("/years", data=opening(year="x")).status_code == 404
    with within(county.tiers.county) as session:
        assert session.get(MemberYear, 2026) is None


def test_a_year_opened_is_fixed_and_known_below_with_every_rulebook(county):
    client = organiser(county)
    answer = client.post("/years", data=opening())
    assert answer.status_code == 303
    county.settle()
    page = words(client.get("/years/2026"))
    assert "这一年的规则，已经固定" in page
    assert page.count("县里存有") == len(NEEDED)
    assert client.post("/years", data=opening()).status_code == 409
    assert client.get("/years/2025").status_code == 404
    for tier in (county.tiers.branch, county.tiers.township):
        with within(tier) as session:
            year = year_of(session, 2026)
            assert year.opened.ranked
            assert year.appraisal.subjects == "members"
            assert year.appraisal_organisations.subjects == "units"
            assert year.outcomes.rules
            assert year.checks.slogans


def test_an_own_version_binds_the_next_year_and_leaves_the_opened_one(county):
    client = organiser(county)
    text = amended(name="本县农村党员积分办法", month_cap="25", effective_from="2026-03-01")
    answer = client.post("/years/books", data={"text": text}, follow_redirects=True)
    assert "最早从 2027 年度起用" in words(answer)
    with within(county.tiers.county) as session:
        this, following = ({one.key: one for one in in_force(session, year)} for year in (2026, 2027))
        assert this["points/rural"].parsed.name == "农村党员积分办法"
        assert following["points/rural"].parsed.month_cap == 2500
        pinned = session.get_one(MemberYear, 2026).rulebooks["points/rural"]
        assert pinned == this["points/rural"].parsed.hash
    page = words(client.get("/years/new"))
    assert "开启 2027 年度" in page
    assert "本县农村党员积分办法" in page


def test_the_place_of_an_error_is_named_and_what_was_typed_is_kept(county):
    client = organiser(county)
    document = json.loads(shipped_text("points_rural"))
    document["items"][2]["points"] = "1.555"
    for text, place in (
        (json.dumps(document), "items[2].points"),
        ('{"kind": "points",\n "name": }', "2:10"),
        (amended(kind="contest"), "kind"),
        (amended(name="长" * 121), "name"),
        ("[" * 100_000, "1:1"),
        ("", "1:1"),
    ):
        refused = client.post("/years/books", data={"text": text})
        assert refused.status_code == 422, text[:40]
        assert place in words(refused)
    kept = client.post("/years/books", data={"text": '{"kind": "points", "mine": }'}).get_data(as_text=True)
    assert "mine" in kept
    assert leader(county).post("/years/books", data={"text": amended()}).status_code == 403


def test_the_same_content_is_kept_once_also_as_a_file(county):
    client = organiser(county)
    text = amended("appraisal_organisations_default", name="本县党组织评议").encode("utf-8-sig")
    for said in ("规则已保存", "没有重复保存"):
        answer = client.post(
            "/years/books", data={"file": (io.BytesIO(text), "r.json"), "text": "x"}, follow_redirects=True
        )
        assert said in words(answer)
    assert "党组织评议定级" in words(client.get("/years"))


def test_unknown_years_and_rulebooks_are_absent(county):
    client = organiser(county)
    for path in ("/years/books/" + "0" * 64, "/years/shipped/holidays", "/years/shipped/none/rulebook.json"):
        assert client.get(path).status_code == 404
