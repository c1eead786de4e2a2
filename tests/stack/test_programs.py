"""The nine processes of the three tiers, their addresses, and what they inherit."""

import pytest

from deploy.local import logs, postgres
from deploy.local.programs import migrations, tier_programs
from deploy.local.server_user import server_user
from deploy.local.settings import inherited
from deploy.local.tiers import Addresses


def test_each_tier_has_a_web_server_a_worker_and_a_timer():
    names = [program.name for program in tier_programs(Addresses())]
    assert names == [
        *("county-web", "township-web", "branch-web"),
        *("county-worker", "township-worker", "branch-worker"),
        *("county-timers", "township-timers", "branch-timers"),
    ]
    assert [program.command[-1] for program in migrations()] == [
        *("services.county.migrate", "services.township.migrate", "services.branch.migrate")
    ]


@pytest.mark.parametrize(
    ("host", "bind", "url"),
    [
        ("127.0.0.1", "127.0.0.1:7002", "http://127.0.0.1:7002"),
        ("0.0.0.0", "0.0.0.0:7002", "http://127.0.0.1:7002"),
        ("::1", "[::1]:7002", "http://[::1]:7002"),
        ("::", "[::]:7002", "http://[::1]:7002"),
        ("county.example", "county.example:7002", "http://county.example:7002"),
    ],
)
def test_a_web_server_listens_where_asked_and_is_reached_there(host, bind, url):
    addresses = Addresses(host)
    web = tier_programs(addresses)[1]
    assert bind in web.command
    assert addresses.url("township") == url
    assert web.ready_url == f"{url}/ready"


def test_each_tier_knows_its_parents_address():
    addresses = Addresses()
    assert addresses.parent_url("county") is None
    assert addresses.parent_url("township") == addresses.url("county")
    assert addresses.parent_url("branch") == addresses.url("township")


def test_children_inherit_no_path_and_nobody_elses_settings():
    told = {
        "HOME": "/home",
        "PYTHONPATH": "/second/checkout",
        "SANJI_CLOCK_OFFSET": "60",
        "SANJI_COUNTY_SECRET_KEY": "x",
        "SANJI_DATABASE_URL": "postgresql://admin",
        "SANJI_DATA": "/data",
    }
    assert sorted(inherited(told)) == ["HOME", "PYTHONUNBUFFERED", "SANJI_CLOCK_OFFSET"]


def test_a_durable_postgresql_is_the_default(tmp_path):
    program = postgres.program(tmp_path, tmp_path, tmp_path, server_user(tmp_path / "none"))
    assert not [flag for flag in program.command if "fsync" in flag or "synchronous_commit" in flag]


def test_a_full_log_moves_aside_and_its_writer_goes_on(tmp_path):
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old line\n" * 10)
        logs.cap(log, largest=80)
        writer.write(b"new line\n")
    assert log.read_text() == "new line\n"
    assert (tmp_path / "web.log.1").read_text() == "old line\n" * 10
    logs.cap(log, largest=80)
    assert log.read_text() == "new line\n"
