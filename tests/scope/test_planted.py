"""Leaks planted on purpose in an application of the test's own: each of them is seen."""

from importlib import import_module
from io import BytesIO

import pytest
import xlsxwriter
from flask import Blueprint, abort, current_app, make_response, send_file
from sqlalchemy import func, select

from services.branch.points.models import Claim
from services.branch.roster.models import Member
from shared.kit.guard import SIGNED_IN, allow
from shared.kit.scope import EVERYTHING
from shared.kit.units import Unit
from shared.kit.web import db
from tests.scope.crawl import Crawl
from tests.scope.tree import A1, ABOVE
from tests.scope.who import ACTORS
from tests.scope.worlds import other_world

planted = Blueprint("planted", __name__, url_prefix="/planted")


def everywhere(query):
    """What a query finds when somebody forgets whose request it is."""
    with current_app.extensions["sanji.database"].transaction(EVERYTHING) as session:
        return session.scalars(query).all()


@planted.get("/words")
@allow(SIGNED_IN)
def words():
    """A page without a filter."""
    return "".join(everywhere(select(Claim.what).limit(2000)))


@planted.get("/header")
@allow(SIGNED_IN)
def header():
    """A name in a header only."""
    answer = make_response("")
    answer.headers["X-Last"] = everywhere(select(Member.name).order_by(Member.name.desc()))[0]
    return answer


@planted.get("/book.xlsx")
@allow(SIGNED_IN)
def book():
    """A workbook that is empty but for its properties."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as workbook:
        workbook.add_worksheet()
        workbook.set_properties({"subject": everywhere(select(Unit.name).order_by(Unit.code.desc()))[0]})
    made.seek(0)
    return send_file(made, download_name="book.xlsx")


@planted.get("/ids")
@allow(SIGNED_IN)
def all_ids():
    """No word of anybody, but whose rows there are."""
    return " ".join(map(str, everywhere(select(Claim.id).limit(2000))))


@planted.get("/count")
@allow(SIGNED_IN)
def count():
    """A count over all units: no word tells it, the second world does."""
    return str(everywhere(select(func.count()).select_from(Claim))[0])


@planted.get("/known/<uuid:member_id>")
@allow(SIGNED_IN)
def known(member_id):
    """Says of a foreign member that he is not yours, and of an absent one that he is not."""
    if db().scalars(select(Member).where(Member.id == member_id)).first() is None:
        abort(403 if everywhere(select(Member.id).where(Member.id == member_id)) else 404)
    return "yours"


@pytest.fixture(scope="module")
def crawl(canaries):
    """A crawl of a branch portal with holes in it."""
    app = import_module("services.branch.app").create_app(canaries.settings["branch"])
    app.config.update(WTF_CSRF_ENABLED=False)
    app.register_blueprint(planted)
    canaries._apps["branch"] = app
    return Crawl(canaries, "branch")


SECRETARY = ACTORS["branch"][0]


@pytest.mark.parametrize("name", ["words", "header", "book.xlsx", "ids"])
def test_a_route_that_leaks_is_seen_wherever_the_leak_is(crawl, name):
    assert f"/planted/{name}" in crawl._bare()
    crawl.leaks.clear()
    assert crawl.get(SECRETARY, f"/planted/{name}").status_code == 200
    assert crawl.leaks


def test_a_foreign_row_told_from_an_absent_one_is_seen(crawl):
    [foreign, *_] = sorted(crawl._foreign(SECRETARY, "", map(str, crawl.ids)))
    members = [one for one in crawl.ids if crawl.ids[one].member and crawl.ids[one].unit == 22]
    crawl.told_apart.clear()
    for one in members:
        crawl._compare(SECRETARY, "planted.known", f"/planted/known/{one}")
    assert crawl.told_apart
    assert foreign


def test_a_count_over_all_units_is_seen_by_the_second_world(crawl, canaries):
    first = crawl.get(SECRETARY, "/planted/count").get_data()
    other_world(canaries, "branch", A1, ABOVE[A1])
    assert crawl.get(SECRETARY, "/planted/count").get_data() != first
