"""Outcomes in a real browser, at every stage, for everybody who has a part: accessible, nothing sideways."""

from contextlib import ExitStack

import pytest
from sqlalchemy import update

from deploy.demo.tiers import within
from services.branch.outcomes.models import BATCHES
from services.branch.outcomes.referring import hand_up
from shared.kit.accounts import Account
from shared.outcomes.batches import make_batches
from tests.branch.appraisal_hands import PASSWORD
from tests.branch.general_hands import GENERAL, found_general
from tests.branch.points_hands import TOWNSHIP, VILLAGE
from tests.browser.outcome_stages import Staged, form_id
from tests.browser.portals import served, signed_in, walk
from tests.browser.walks import rendered, templates
from tests.township.conftest import ORGANISER

ROOM = "shared/outcomes"
HEIGHT = 1500


@pytest.fixture(scope="module")
def year(county):
    return Staged.at_every_stage(county)


@pytest.fixture(scope="module")
def addresses(county, year):
    with ExitStack() as stack:
        yield {
            tier: stack.enter_context(served(county.app(tier))) for tier in ("branch", "township", "county")
        }


@pytest.fixture
def visit(addresses, open_page, look):
    """visit('branch', login, password, {name: path}, width): walk these pages as somebody; the last page."""

    def visited(tier, login, password, paths, width, size="normal"):
        address = addresses[tier]
        page = signed_in(open_page, address, login, password, width)
        page.context.add_cookies([{"name": "sanji_type", "value": size, "url": address}])
        page.set_viewport_size({"width": width, "height": HEIGHT})
        walk(page, address, {f"outcomes-{name}": path for name, path in paths.items()}, look)
        return page

    return visited


def of(year, number, code):
    return f"/outcomes/{year.of(number, code).id}"


def test_every_page_at_the_branch(county, year, visit):
    password = county.passwords["branch_secretary"]
    wide = {
        "secretary-list": "/outcomes",
        "secretary-in-force": of(year, 4, "alert_notice"),
        "secretary-ask": "/outcomes/tolerance",
    }
    paths = {
        "secretary-desk": "/",
        "secretary-all": "/outcomes?state=all",
        "secretary-none": "/outcomes?state=withdrawn",
        "secretary-open": of(year, 4, "help_talk"),
        "secretary-heard": of(year, 4, "help_period"),
        "secretary-undone": of(year, 5, "correction_notice"),
    }
    with rendered(county.app("branch")) as names:
        visit("branch", VILLAGE, password, wide, 1366)
        page = visit("branch", VILLAGE, password, paths | wide, 390)
        page.goto(page.url.rpartition("/tolerance")[0])
        page.locator("input.pick").first.check()
        page.get_by_role("button", name="不予运用").click()
        page.get_by_label("理由").wait_for()
        paths = {"committee-list": "/outcomes", "committee-hearing": of(year, 4, "help_period")}
        visit("branch", "committee", PASSWORD, paths, 390)
        visit("branch", "committee-2", PASSWORD, {"committee-confirm": of(year, 0, "material_reward")}, 1366)
    assert {"outcomes/list.html", "outcomes/case.html", "outcomes/ask.html", "outcomes/reason.html"} <= names


def test_notices_are_asked_for_followed_and_downloaded(county, year, visit, look):
    password = county.passwords["branch_secretary"]
    with rendered(county.app("branch")) as names:
        page = visit(
            "branch", VILLAGE, password, {"secretary-in-force-list": "/outcomes?state=in_force"}, 390
        )
        page.get_by_role("button", name="打印这里的").click()
        page.get_by_text("正在生成").wait_for()
        look(page, "outcomes-secretary-batch-waiting-390")
        while make_batches(county.tiers.branch, BATCHES):
            pass
        # The page follows by itself.
        page.get_by_role("link", name="合并成一个文件").wait_for()
        look(page, "outcomes-secretary-batch-390")
        with page.expect_download() as pdf:
            page.get_by_role("link", name="合并成一个文件").click()
        with page.expect_download() as packed:
            page.get_by_role("link", name="每人一个文件").click()
        assert pdf.value.suggested_filename.endswith(".pdf")
        assert packed.value.suggested_filename.endswith(".zip")
        address = page.url.partition("/outcomes")[2]
        paths = {"secretary-batch": f"/outcomes{address}", "secretary-batches": "/outcomes?state=in_force"}
        visit("branch", VILLAGE, password, paths, 1366)
    assert "outcomes/batch.html" in names


def test_every_page_of_a_member(county, year, visit):
    paths = {
        "member-home": "/my",
        "member-list": "/outcomes",
        "member-sign": of(year, 1, "material_reward"),
        "member-grade": "/outcomes/grade-appeal",
    }
    visit("branch", "m-1", PASSWORD, paths, 390, "large")
    heavy = {
        "member-heavy": of(year, 4, "alert_notice"),
        "member-to-be-heard": "/my",
        "member-to-be-heard-list": "/outcomes",
        "member-heard": of(year, 4, "honours_barred_unqualified"),
        "member-appeal": f"/outcomes/{form_id(3)}",
        "member-tolerance": "/outcomes/tolerance",
    }
    visit("branch", "m-4", PASSWORD, heavy, 390, "largest")
    wide = {"member-to-be-heard": "/my", "member-heard": of(year, 4, "honours_barred_unqualified")}
    visit("branch", "m-4", PASSWORD, wide, 1366)
    visit("branch", "m-2", PASSWORD, {"member-few": "/outcomes"}, 390, "large")


def test_every_page_at_the_county_and_the_township(county, year, visit, look):
    heard = of(year, 4, "honours_barred_unqualified")
    barred, marks = of(year, 5, "honours_barred"), f"/outcomes/members/{year.people[1]}"
    judged, wanted, verified, asked = (f"/outcomes/{form_id(one)}" for one in (3, 4, 1, 2))
    seen = {
        ("zzk", 1366): {
            "desk": "/",
            "list": "/outcomes",
            "heard": heard,
            "barred": barred,
            "verify": asked,
            "marks": marks,
        },
        ("bz", 390): {"desk": "/", "decide": verified, "confirm": of(year, 0, "honours_city")},
        ("bz", 1366): {"list": "/outcomes"},
        ("fc", 390): {"list": "/outcomes", "judge": wanted},
        ("zr", 1366): {"endorse": judged},
    }
    roles = {"zzk": "organiser", "bz": "leader", "fc": "reviewer", "zr": "director"}
    with rendered(county.app("county")) as names:
        for (who, width), pages in seen.items():
            role = roles[who]
            paths = {f"{role}-{name}": path for name, path in pages.items()}
            page = visit("county", f"321323-{who}", county.passwords[f"county_{role}"], paths, width)
    assert "outcomes/marks.html" in names
    page.locator(".me summary").click()
    page.click("button[name=language][value=en]")
    page.get_by_role("heading", name="Facts and reasons").wait_for()
    look(page, "outcomes-director-english")
    paths = {"township-list": "/outcomes", "township-case": of(year, 4, "alert_notice")}
    visit("township", ORGANISER, county.passwords["township_organiser"], paths, 390)


def test_every_page_of_who_stands_in_for_a_branch(county, year, visit):
    """The general branch first; with nobody there, the township."""
    close_accounts(county, f"{VILLAGE}-wy", "committee-2")
    found_general(county)
    case = of(year, 0, "material_reward")
    paths = {"desk": "/", "list": "/outcomes", "case": case}
    hand_up(county.tiers.branch)
    password = county.passwords["general_secretary"]
    for width in (390, 1366):
        page = visit("branch", GENERAL, password, {f"general-{one}": at for one, at in paths.items()}, width)
        assert "由党总支确认" in page.inner_text("main")
    close_accounts(county, GENERAL)
    hand_up(county.tiers.branch)
    county.settle()
    password = county.passwords["township_organiser"]
    for width in (390, 1366):
        named = {f"standing-in-{one}": at for one, at in paths.items()}
        page = visit("township", ORGANISER, password, named, width)
        assert "由乡镇党委确认" in page.inner_text("main")
    handed = {"handed-up": case}
    visit("branch", VILLAGE, county.passwords["branch_secretary"], handed, 390)


def test_the_branchs_grades_as_an_appeal_left_them(county, year, visit):
    appeal = year.case("county", id=form_id(4))
    upheld = {"verdict": "upheld", "text": "两次抢险属实", "grade": "qualified", "points": "10"}
    # What is served asks for a form's token, which these hands do not have.
    county.app("county").config["WTF_CSRF_ENABLED"] = False
    year.word(year.reviewer, "decided", appeal, **upheld)
    year.word(year.director, "confirmed", year.case("county", id=form_id(4)))
    county.app("county").config["WTF_CSRF_ENABLED"] = True
    assert year.case(id=form_id(4)).state == "in_force"
    paths = {
        "corrected-member": f"/appraisal/members/{year.people[4]}?year=2026",
        "corrected-grades": "/appraisal/grades?year=2026",
    }
    for width in (390, 1366):
        page = visit("branch", VILLAGE, county.passwords["branch_secretary"], paths, width)
        assert "更正" in page.inner_text("main")
    visit("branch", "m-4", PASSWORD, {"corrected-own": "/appraisal/own?year=2026"}, 390, "large")


def close_accounts(county, *logins):
    with within(county.tiers.branch) as session:
        session.execute(update(Account).where(Account.login.in_(logins)).values(disabled=True))


def test_grades_at_the_county_as_appeals_left_them(county, year, visit):
    paths = {
        "grades": "/grades",
        "grade-members": "/grades/members",
        "grade-members-none": "/grades/members?name=没有这个人",
    }
    town = {"grades-town": f"/grades?unit={county.unit('county', TOWNSHIP).id}"}
    with rendered(county.app("county")) as names:
        for width in (390, 1366):
            visit("county", "321323-zzk", county.passwords["county_organiser"], paths | town, width)
    # Before the county opens a year: tests/county_rooms/test_grades.py.
    assert templates("services/county/grades") - names == {"county/grades_none.html"}


def test_no_page_of_the_room_is_left_out(county, year):
    seen = {"list", "case", "ask", "reason", "marks", "batch"}
    # Before the county opens a year: tests/branch/test_outcome_pages.py.
    assert templates(ROOM) - {f"outcomes/{name}.html" for name in seen} == {"outcomes/empty.html"}
