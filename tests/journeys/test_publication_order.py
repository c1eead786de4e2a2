"""What the county said last is what counts, whatever the clocks of those who carry it say."""

from datetime import UTC, datetime, timedelta

from deploy.demo.tiers import within
from services.county.contest import course
from services.county.exceptions import actions
from shared.sync.exceptions import exception_of
from tests.county import County
from tests.county_rooms.rooms import contest, person, village

SAID = datetime(2026, 10, 18, 2, 0, tzinfo=UTC)
WHY = "台风停电，网络中断"


def test_a_relay_with_a_wrong_clock_does_not_turn_the_order_around(county: County) -> None:
    county.play("opened")
    who, sign = person(county, "county_leader"), county.tiers.county.signer()
    with within(county.tiers.county) as session:
        one = course.hold(session, contest(county).id)
        until = SAID + timedelta(days=1)
        leave = actions.grant(session, who, one, village(county), until, WHY, sign, SAID).id
    county.now = SAID + timedelta(hours=9)  # the township's clock is fast when it hands on the first word
    county.settle()
    with within(county.tiers.county) as session:
        one = course.hold(session, contest(county).id)
        actions.revoke(session, who, one, leave, WHY, sign, SAID + timedelta(hours=1))
    county.now = SAID + timedelta(hours=2)
    county.settle()
    for tier in (county.tiers.township, county.tiers.branch):
        with within(tier) as session:
            last = exception_of(session, contest(county).id, village(county))
            assert last
            assert last.revoke_reason == WHY
