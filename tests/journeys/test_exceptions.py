"""Filing late by the county's leave: one village, a reason, an end; its siblings stay locked."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.branch.returns.reading import status
from services.county.contest import course
from services.county.exceptions.models import FilingLeave
from shared.contracts.documents import FilingException, write_document
from shared.contracts.publications import FilingExceptionNotice
from shared.kit.audit import AuditEvent
from shared.kit.clock import CIVIL_TIME
from shared.kit.scope import Scope
from shared.kit.units import Unit
from shared.sync.contests import current_contest
from shared.sync.exceptions import exception_of
from shared.sync.outbox import publish_down
from tests.branch.hands import FIGURES, filled, form_of, hidden, text_of
from tests.county import County
from tests.county_rooms.rooms import at, contest

LATE = datetime(2026, 10, 18, 2, 0, tzinfo=UTC)
UNTIL = LATE + timedelta(days=2)
REASON = "台风停电，网络中断两天"
ONE, SIBLING, STRANGER = "321323001201", "321323001202", "321323002201"


def leader(county: County) -> FlaskClient:
    return county.client("county", "321323-bz")


def grant(county: County, code: str, until: datetime = UNTIL, reason: str = REASON) -> TestResponse:
    village = county.unit("county", code).id
    return ask(county, village, until, reason)


def ask(county: County, village: Any, until: datetime = UNTIL, reason: str = REASON) -> TestResponse:
    typed = {"village": str(village), "until": until.astimezone(CIVIL_TIME).strftime("%Y-%m-%dT%H:%M")}
    return leader(county).post(at(county, "/late"), data={**typed, "reason": reason})


def leave_of(county: County, code: str) -> UUID:
    unit = county.unit("county", code).id
    with within(county.tiers.county) as session:
        given = session.query(FilingLeave).filter_by(unit_id=unit).order_by(FilingLeave.at)
        return given.all()[-1].id


def late(county: County) -> County:
    """The deadline has passed and nobody has filed."""
    county.play("opened")
    county.now = LATE
    return county


def locked(county: County, code: str) -> str:
    """The village's page, which must not be a form."""
    page = text_of(county.client("branch", code).get("/return"))
    assert "申报已经截止" in page
    assert county.client("branch", code).post("/return/save", data={"version": "1-a"}).status_code == 409
    return page


def test_after_the_deadline_every_form_is_locked(county: County) -> None:
    late(county)
    for code in (ONE, SIBLING, STRANGER):
        assert "县里准予" not in locked(county, code)


def test_leave_opens_one_village_and_says_why_and_until_when(county: County) -> None:
    assert grant(late(county), ONE).status_code == 303
    county.settle()
    page = text_of(county.client("branch", ONE).get("/return"))
    assert "县里准予延期申报至 10 月 20 日 10:00，理由：台风停电，网络中断两天（分管部长（演示））" in page
    assert "县里准予延期申报至" in text_of(county.client("branch", ONE).get("/"))
    for code in (SIBLING, STRANGER):
        locked(county, code)
    with within(county.tiers.township) as session:
        here = current_contest(session)
        assert here
        assert exception_of(session, here.id, county.unit("township", ONE).id)
    town, other = county.client("township", "321323001-zz"), county.client("township", "321323002-zz")
    assert "县里准予延期至 10 月 20 日 10:00：台风停电" in text_of(town.get("/returns"))
    assert "台风停电" not in text_of(other.get("/returns"))


def test_no_sibling_receives_what_is_not_its_own(county: County) -> None:
    session_of = county.tiers.branch.database.transaction
    sibling = county.unit("branch", SIBLING)
    with session_of(Scope(units=(sibling.id,))) as session:
        here = contest(county).id
        assert exception_of(session, here, county.unit("branch", ONE).id) is None


def test_the_county_sees_who_may_file_late(county: County) -> None:
    for login in ("321323-bz", "321323-zzk"):
        desk = text_of(county.client("county", login).get("/"))
        assert "准予延期申报（1 个村）" in desk
        assert "甲201村" in desk
    page = text_of(county.client("county", "321323-zzk").get(at(county, "/late")))
    assert "由分管部长办理" in page
    assert "延期至 10 月 20 日 10:00" in text_of(leader(county).get(at(county, "/returns")))


def test_a_second_leave_waits_for_the_end_of_the_first(county: County) -> None:
    answer = grant(county, ONE)
    assert (answer.status_code, "还没有到期" in answer.get_data(as_text=True)) == (422, True)


def test_leave_is_given_within_bounds_and_with_a_reason(county: County) -> None:
    for until in (LATE, LATE - timedelta(days=1), LATE + timedelta(days=31)):
        answer = grant(county, SIBLING, until)
        assert (answer.status_code, "最长 30 天" in answer.get_data(as_text=True)) == (422, True)
    answer = grant(county, SIBLING, reason=" 停电 ")
    assert (answer.status_code, "至少写 5 个字" in answer.get_data(as_text=True)) == (422, True)
    assert ask(county, "nobody").status_code == 422


def test_a_village_outside_the_tree_is_not_there(county: County) -> None:
    town = county.unit("county", "321323001").id
    assert [ask(county, one).status_code for one in (uuid4(), town)] == [404, 404]
    missing = leader(county).post(at(county, f"/late/{uuid4()}/revoke"), data={"reason": REASON})
    assert missing.status_code == 404


def test_only_the_leader_gives_leave(county: County) -> None:
    organiser = county.client("county", "321323-zzk")
    assert organiser.post(at(county, "/late"), data={}).status_code == 403
    for login in ("321323001-zz", "321323001-sj"):
        answer = county.client("township", login).post(at(county, "/late"), data={})
        assert answer.status_code == 404


def test_a_township_cannot_make_up_leave(county: County) -> None:
    runtime, here = county.tiers.township, contest(county).id
    village, town = county.unit("township", SIBLING), county.unit("township", "321323001")
    forged = FilingException(
        exception_id=uuid4(),
        contest_id=here,
        village_id=village.id,
        until=UNTIL.isoformat(),
        reason=REASON,
        by="分管部长",
        at=county.now.isoformat(),
        revoked_at="",
        revoke_reason="",
    )
    with within(runtime) as session:
        body = FilingExceptionNotice(document=runtime.signer().document(write_document(forged)))
        publish_down(session, town.id, village.id, village.id, body, county.now)
    county.settle()
    locked(county, SIBLING)


def test_leave_ends_by_itself(county: County) -> None:
    county.now = UNTIL - timedelta(minutes=1)
    client = county.client("branch", ONE)
    form = form_of(client)
    county.now = UNTIL
    answer = client.post("/return/save", data=form)
    assert (answer.status_code, "已经到期" in answer.get_data(as_text=True)) == (409, True)
    assert "县里准予的延期已于 10 月 20 日 10:00 到期。" in locked(county, ONE)
    assert "准予延期申报（" not in text_of(leader(county).get("/"))


def test_leave_may_be_given_again_and_taken_back(county: County) -> None:
    assert grant(county, ONE, UNTIL + timedelta(days=3)).status_code == 303
    county.settle()
    form_of(county.client("branch", ONE))
    county.later(hours=1)
    answer = leader(county).post(at(county, f"/late/{leave_of(county, ONE)}/revoke"), data={"reason": "短"})
    assert answer.status_code == 422
    taken = at(county, f"/late/{leave_of(county, ONE)}/revoke")
    assert leader(county).post(taken, data={"reason": "网络已经恢复，请按时报"}).status_code == 303
    assert leader(county).post(taken, data={"reason": "网络已经恢复，请按时报"}).status_code == 409
    county.settle()
    assert "收回，理由：网络已经恢复，请按时报" in locked(county, ONE)


def test_a_late_return_is_taken_by_the_township(county: County) -> None:
    with within(county.tiers.county) as session:
        who = actor(session, session.query(Unit).filter_by(level="county").one(), "county_organiser")
        one = course.contests(session)[0]
        course.advance(session, who, one, "verifying", "", county.tiers.county.signer(), county.now)
    county.later(hours=1)
    assert grant(county, ONE, county.now + timedelta(days=1)).status_code == 303
    county.settle()
    client = county.client("branch", ONE)
    assert filled(client, **FIGURES).status_code == 303
    version = hidden(client.get("/return/check").get_data(as_text=True))["version"]
    assert client.post("/return/file", data={"version": version}).status_code == 303
    county.settle()
    with within(county.tiers.branch) as session:
        found = status(session, contest(county).id, county.unit("branch", ONE).id)
        assert found.state == "filed"
    town = county.client("township", "321323001-zz")
    village = county.unit("township", ONE).id
    page = town.get(f"/returns/{village}").get_data(as_text=True)
    version = re.search(r'name="version" value="([^"]+)"', page)
    assert version
    accepted = town.post(f"/returns/{village}/accept", data={"version": version[1]})
    assert accepted.status_code in (302, 303)


def test_after_verification_no_leave_is_given(county: County) -> None:
    with within(county.tiers.county) as session:
        who = actor(session, session.query(Unit).filter_by(level="county").one(), "county_organiser")
        one = course.contests(session)[0]
        course.advance(session, who, one, "trial", "", county.tiers.county.signer(), county.now)
    answer = grant(county, SIBLING, county.now + timedelta(days=1))
    assert (answer.status_code, "收集、核实阶段" in answer.get_data(as_text=True)) == (422, True)
    county.settle()
    assert "准予延期申报（" not in text_of(leader(county).get("/"))


def test_every_leave_leaves_its_trace(county: County) -> None:
    with within(county.tiers.county) as session:
        found = session.query(AuditEvent).filter(AuditEvent.action.like("exception.%"))
        assert [one.action for one in found.order_by(AuditEvent.id)] == [
            "exception.grant",
            "exception.grant",
            "exception.revoke",
            "exception.grant",
        ]
