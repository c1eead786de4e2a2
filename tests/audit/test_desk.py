"""A changed log is told loudly on the desks of both tiers; the auditor sees how far it is countersigned."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from tests.county import County
from tests.county_rooms.rooms import words
from tests.servers import Servers


def job(county: County, tier: str, name: str) -> None:
    """A job of the tier's worker."""
    getattr(county.tiers, tier)._jobs()[name]()


def reconcile(county: County) -> None:
    """An hour goes by: heads are compared, from below."""
    county.later(hours=1)
    for tier in ("county", "township", "branch"):
        job(county, tier, "seal_audit")
    for tier in ("branch", "township"):
        job(county, tier, "anchor")


def tamper(county: County, servers: Servers, tier: str, *statements: str) -> None:
    """The database server's superuser at work in a tier's database."""
    name = make_url(county.settings[tier].owner_database_url).database
    url = make_url(servers.admin_url).set(database=name, drivername="postgresql+psycopg")
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="module")
def desks(county: County) -> tuple[str, str]:
    """The desks of the county's auditor and of a township's organiser, when all is well."""
    county.play("opened")
    reconcile(county)
    reconcile(county)
    return both(county)


def both(county: County) -> tuple[str, str]:
    """What the two desks say."""
    return (
        words(county.client("county", "321323-sj").get("/")),
        words(county.client("township", "321323001-zz").get("/")),
    )


def test_all_is_well_and_the_auditor_sees_how_far(county: County, desks: tuple[str, str]) -> None:
    assert not any("不一致" in one for one in desks)
    page = words(county.client("county", "321323-sj").get("/log?verify=1"))
    assert "封存链完整" in page
    assert "最近一次会签到第" in page


def test_a_change_is_found_at_night_and_stands_on_the_tiers_own_desk(
    county: County, servers: Servers, desks: tuple[str, str]
) -> None:
    tamper(county, servers, "county", "UPDATE audit_event SET subject = subject || ' ' WHERE id = 1")
    job(county, "county", "prove")
    assert "本级审计日志从第 1 条起和封存的不一致" in both(county)[0]
    tamper(county, servers, "county", "UPDATE audit_event SET subject = rtrim(subject) WHERE id = 1")
    job(county, "county", "prove")
    assert "不一致" not in both(county)[0]


def test_a_log_put_back_is_flagged_at_both_tiers(
    county: County, servers: Servers, desks: tuple[str, str]
) -> None:
    tamper(
        county,
        servers,
        "township",
        "DELETE FROM audit_event WHERE id IN (SELECT event_id FROM audit_seal WHERE seq > 0)",
        "DELETE FROM audit_seal WHERE seq > 0",
    )
    reconcile(county)
    above, below = both(county)
    assert "的审计日志第" in above
    assert "和这里会签的不一致" in above
    assert "本级审计日志第" in below
    assert "会签的不一致：日志被动过，或数据库恢复过旧备份" in below
    page = words(county.client("county", "321323-sj").get("/log?action=audit.broken"))
    assert "审计日志和留存的不一致 audit.broken" in page
