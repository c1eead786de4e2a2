"""Points rolled up, in a real browser: the township's statements, the county's years, overview, ranking."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.branch.ranking.models import Ranking
from services.branch.roster.models import Member
from services.township.statements import reviewing
from services.township.statements.reviewing import Seen
from shared.kit.accounts import add_account, hash_password
from shared.kit.units import unit_by_code
from tests.branch.points_hands import TOWNSHIP, Branch, at, open_the_year
from tests.browser.portals import served, signed_in, walk
from tests.browser.walks import rendered, templates
from tests.browser.windows import at_each_width
from tests.county import County
from tests.county_rooms.rooms import organiser

PASSWORD = "ten-letters-at-least"
ITEMS = ("household", "theme_day", "assembly", "lecture", "study")
VILLAGES = ("321323001201", "321323001202", "321323001203")


def filed(county, village, many, days):
    """A branch with members and a January of claims, closed."""
    branch = Branch(county, village)
    people = branch.members(many)
    claims = [
        claim
        for item in (ITEMS if village == VILLAGES[0] else ITEMS[:1])
        for day in days
        for claim in branch.claims(people, item, date(2026, 1, day))
    ]
    branch.approve(*claims)
    return branch.close(1)


@pytest.fixture(scope="module")
def rolled(county: County):
    """January: one statement waits, one is accepted, one branch has not closed; February is not over."""
    open_the_year(county)
    first = filed(county, VILLAGES[0], 8, (6, 13))
    second = filed(county, VILLAGES[1], 5, (7, 8, 9))
    Branch(county, VILLAGES[2]).members(3)
    county.settle()
    county.now = at(2, 12)
    with within(county.tiers.township) as session:
        who = actor(session, unit_by_code(session, TOWNSHIP), "township_organiser")
        reviewing.accept(session, who, [Seen(second, 0)], at(2, 3))
    county.settle()
    return first, second


@pytest.fixture(scope="module")
def township(county, rolled):
    with served(county.app("township")) as address:
        yield address


def test_every_page_of_statements_is_accessible(county, rolled, township, open_page, look, look_at_both):
    first, second = rolled
    branch = county.unit("township", VILLAGES[0]).id
    paths = {
        "statements": "/statements?year=2026&month=1",
        "statement": f"/statements/{first}",
        "statements-branch": f"/statements/branches/{branch}?year=2026",
    }
    with rendered(county.app("township")) as names:
        password = county.passwords["township_organiser"]
        page = signed_in(open_page, township, f"{TOWNSHIP}-zz", password, 1366)
        walk(page, township, paths, look_at_both)
        for _width in at_each_width(page):
            page.goto(f"{township}/statements?year=2026&month=1")
            page.locator("input.pick").first.check()
            page.get_by_role("button", name="退回补正…").click()
            look(page, "statements-reason")
        password = county.passwords["township_secretary"]
        page = signed_in(open_page, township, f"{TOWNSHIP}-sj", password, 1366)
        page.goto(f"{township}/statements/{first}")
        assert page.get_by_role("button", name="批准并报县里").is_disabled()
        look_at_both(page, "statement-blocked")
        page.goto(f"{township}/statements/{second}")
        assert page.get_by_role("button", name="批准并报县里").is_enabled()
    assert templates("services/township/statements") <= names


def test_every_page_of_years_is_accessible(county, rolled, open_page, look_at_both):
    made = organiser(county).get("/years/2026").get_data(as_text=True)
    stored = made.split('href="/years/books/')[1].split('"')[0]
    kinds = ("points_rural", "outcomes_default", "commitment_checks_default", "appraisal_default")
    paths = {
        "years": "/years",
        "year": "/years/2026",
        "year-closing": "/years/2026/closing",
        "year-form": "/years/new",
        "book-form": "/years/books/new",
    }
    paths |= {"book": f"/years/books/{stored}"} | {f"book-{one}": f"/years/shipped/{one}" for one in kinds}
    with rendered(county.app("county")) as names, served(county.app("county")) as address:
        password = county.passwords["county_organiser"]
        page = signed_in(open_page, address, "321323-zzk", password, 1366)
        walk(page, address, paths, look_at_both)
    assert templates("services/county/years") <= names


def test_every_page_of_the_overview_is_accessible(county, rolled, township, open_page, look_at_both):
    branch, town = county.unit("township", VILLAGES[0]).id, county.unit("township", TOWNSHIP).id
    with rendered(county.app("township")) as names:
        password = county.passwords["township_organiser"]
        page = signed_in(open_page, township, f"{TOWNSHIP}-zz", password, 1366)
        member = page.request.get(f"{township}/overview/units/{branch}").text().split("/overview/members/")[1]
        paths = {
            "overview-township": f"/overview/units/{town}",
            "overview-branch": f"/overview/units/{branch}",
            "overview-members": "/overview/members",
            "overview-member": f"/overview/members/{member[:36]}",
        }
        walk(page, township, paths, look_at_both)
    with served(county.app("county")) as address:
        page = signed_in(open_page, address, "321323-zzk", county.passwords["county_organiser"], 1366)
        walk(page, address, {"overview-county": "/overview"}, look_at_both)
    # Before the county opens a year: tests/county_rooms/test_overview.py.
    assert templates("shared/overview") - names == {"overview/empty.html"}


@pytest.fixture(scope="module")
def ranked(county, rolled):
    """The first quarter is closed and up at one branch, with an objection; two people may sign in."""
    branch = Branch(county)
    branch.close(2)
    branch.close(3)
    county.now = at(4, 2)
    secretary = county.client("branch", VILLAGES[0])
    secretary.post("/points/ranking/start?year=2026&period=q1")
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, VILLAGES[0])
        person = session.scalars(select(Member.id).where(Member.unit_id == unit.id).limit(1)).one()
        add_account(
            session, "pm", "党员（合成）", hash_password(PASSWORD), [("member", unit)], at(1, 3), person
        )
        ranking = session.scalars(select(Ranking.id)).one()
    member = county.app("branch").test_client()
    member.post("/login", data={"login": "pm", "password": PASSWORD})
    member.post(f"/points/ranking/{ranking}/objections", data={"words": "一月的走访少算了一次"})
    comment = {"id": str(uuid4()), "about": "党员2（合成）", "text": "汛期两晚值守河堤，值得学习"}
    member.post("/comments", data=comment)


def test_the_ranking_is_accessible_to_the_branch_and_to_a_member(county, ranked, open_page, look_at_both):
    paths = {"ranking": "/points/ranking?year=2026&period=q1", "ranking-none": "/points/ranking?period=q3"}
    paths["comments"] = "/comments"
    with rendered(county.app("branch")) as names, served(county.app("branch")) as address:
        password = county.passwords["branch_secretary"]
        page = signed_in(open_page, address, VILLAGES[0], password, 1366)
        walk(page, address, paths, look_at_both)
        page = signed_in(open_page, address, "pm", PASSWORD, 1366)
        walk(page, address, {f"{name}-member": path for name, path in paths.items()}, look_at_both)
    assert templates("services/branch/ranking", "services/branch/comments") <= names
