"""The year-end appraisal in a real browser, stage by stage: accessible, nothing sideways, at both widths."""

import pytest
from sqlalchemy import select

from deploy.demo.tiers import within
from services.township.appraisals.models import ReceivedAppraisal
from tests.branch.appraisal_hands import PASSWORD, Appraised, come_to
from tests.branch.points_hands import VILLAGE, at
from tests.browser.portals import by_path, served, signed_in, walk
from tests.browser.walks import rendered, templates
from tests.township.conftest import ORGANISER

ROOMS = ("services/branch/appraisal", "services/township/appraisals")


@pytest.fixture(scope="module")
def year(county):
    return Appraised(county)


def test_every_page_of_the_appraisal_is_accessible(county, year, open_page, look_at_both):
    branch, township = county.app("branch"), county.app("township")
    with rendered(branch) as names, rendered(township) as above:

        def visit(app, login, password, paths, stage):
            """Served only while it is looked at: forms posted by hand carry no CSRF token."""
            with served(app) as address:
                page = signed_in(open_page, address, login, password, 1366)
                walk(page, address, by_path(stage, *paths), look_at_both)

        secretary, member = county.passwords["branch_secretary"], f"/appraisal/members/{year.people[2]}"
        visit(branch, VILLAGE, secretary, ("/appraisal",), "first")
        come_to(year.branch, "self_report")
        year.mine[2].post("/appraisal/own/problems", data={"problem": "走访不够经常", "found_by": "self"})
        visit(branch, VILLAGE, secretary, ("/appraisal/members", member), "report")
        visit(branch, "m-2", PASSWORD, ("/appraisal/own",), "report")
        year.up_to_opinion()
        visit(branch, VILLAGE, secretary, ("/appraisal/opinion",), "words")
        year.say("opinion", year.secretary, "excellent", year.people)
        year.close("opinion")
        year.secretary.post("/appraisal/grades/work-out")
        visit(branch, VILLAGE, secretary, ("/appraisal/grades",), "tie")
        words = {"members": [str(one) for one in year.people], "reason": "会议票决"}
        year.secretary.post("/appraisal/grades/tie", data=words)
        year.close("appraisal_points")
        year.secretary.post("/appraisal/grades/publish")
        year.mine[2].post("/appraisal/own/object", data={"reason": "三月少记一次走访"})
        visit(branch, VILLAGE, secretary, ("/appraisal/grades",), "public")
        visit(branch, "m-2", PASSWORD, ("/appraisal/own",), "public")
        year.answer_all()
        year.on(at(1, 25, 2027))
        year.close("publicity")
        year.secretary.post("/appraisal/grades/file")
        county.settle()
        with within(county.tiers.township) as session:
            filing = session.scalars(select(ReceivedAppraisal.id)).one()
        password = county.passwords["township_organiser"]
        visit(township, ORGANISER, password, ("/appraisals", f"/appraisals/{filing}"), "township")
    assert templates(*ROOMS) <= names | above
