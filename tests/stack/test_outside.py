"""Servers that are already there, instead of the embedded ones."""

import json

import pytest
from sqlalchemy.engine import make_url

from deploy.local import databases, outside, redis_server
from deploy.local.databases import connect
from deploy.local.errors import StackError
from deploy.local.secret_values import new_secrets
from deploy.local.tiers import TIERS
from tests.stack.conftest import ask, free_port
from tests.stack.small_stack import small_stack


def addresses_of(servers):
    return {
        "SANJI_DATABASE_URL": servers.admin_url.replace("+psycopg", ""),
        "SANJI_REDIS_URL": servers.redis_url("county"),
    }


def test_a_stack_on_outside_servers_starts_none_of_its_own(servers, empty):
    empty.mkdir()
    (empty / "layout.json").write_text('{"layout": 1, "postgres": null}')
    known = new_secrets() | {tier: servers.secrets(tier) for tier in TIERS}
    (empty / "secrets.json").write_text(json.dumps(known))
    port = free_port()
    with small_stack(empty, port, environ=addresses_of(servers)) as stack:
        stack.start()
        assert list(stack.processes()) == ["county-web", "county-worker", "branch-timers"]
        assert ask(port, "/add") == "1 1"
        assert not (empty / "postgres").exists()


def test_roles_of_another_data_directory_are_not_taken_over(servers, empty):
    servers.database_urls("county")
    stack = small_stack(empty, free_port(), environ=addresses_of(servers))
    with pytest.raises(StackError, match=r"role county_app .* does not take this data directory's password"):
        stack.start()
    connect(servers.database_urls("county").app).close()


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("nonsense", "SANJI_DATABASE_URL is not an address like postgresql://admin:…@host/db"),
        ("mysql://root@host/db", "SANJI_DATABASE_URL names mysql; Sanji needs PostgreSQL"),
        ("postgresql://a:b@/d?host=/nowhere", "cannot use the PostgreSQL of SANJI_DATABASE_URL: connection"),
    ],
)
def test_an_unusable_database_address_is_one_line(empty, setting, line):
    stack = small_stack(empty, free_port(), environ={"SANJI_DATABASE_URL": setting})
    with pytest.raises(StackError, match=line) as caught:
        stack.start()
    assert "\n" not in caught.value.format_message()


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("localhost:6379", "SANJI_REDIS_URL is not an address like redis://:password@host:6379/0"),
        ("redis://localhost:6379/first", "cannot use|is not an address"),
        ("unix:///nowhere/redis.sock", "cannot use the Redis of SANJI_REDIS_URL: "),
    ],
)
def test_an_unusable_redis_address_is_one_line(setting, line):
    with pytest.raises(StackError, match=line) as caught:
        outside.redis_urls(setting)
    assert "\n" not in caught.value.format_message()


def test_the_tiers_get_neighbouring_database_numbers(servers):
    first = servers.redis_url("township")
    assert [outside.redis_urls(first)[tier].rpartition("db=")[2] for tier in TIERS] == ["1", "2", "3"]


def test_a_redis_with_too_few_databases_is_one_line(servers):
    last = servers.redis_url("county").replace("db=0", "db=15")
    with pytest.raises(StackError, match=r"cannot use the Redis of SANJI_REDIS_URL: .*out of range"):
        outside.redis_urls(last)


def test_old_servers_are_refused():
    with pytest.raises(StackError, match="PostgreSQL 14 is too old; Sanji needs 15 or newer"):
        databases.require_version(140012)
    with pytest.raises(StackError, match=r"Redis 6\.2\.14 is too old; Sanji needs 7 or newer"):
        redis_server.require_version("6.2.14")
    redis_server.require_version("7.0.0")


def test_an_administrator_need_not_be_a_superuser(servers):
    with connect(servers.admin_url) as session:
        session.execute("CREATE ROLE steward LOGIN CREATEDB CREATEROLE BYPASSRLS PASSWORD 'steward'")
    steward = make_url(servers.admin_url).set(username="steward", password="steward")
    passwords = new_secrets()["county"]
    urls = databases.provision(
        steward.render_as_string(hide_password=False), "hamlet", passwords, "sanji_hamlet"
    )
    for url in urls:
        connect(url).close()


def test_who_may_make_no_roles_is_told_so(servers):
    with connect(servers.admin_url) as session:
        session.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    guest = make_url(servers.admin_url).set(username="guest", password="guest")
    with pytest.raises(StackError, match="may not set up roles and databases: permission denied"):
        outside.provision(guest.render_as_string(hide_password=False), new_secrets())
