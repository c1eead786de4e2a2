"""Roles and databases: what each role may reach."""

import psycopg
import pytest
import redis
from sqlalchemy.engine import make_url

from deploy.local.databases import connect, provision, require_version
from deploy.local.errors import StackError
from deploy.local.redis_server import ONCE
from deploy.local.tiers import TIERS

PAIRS = [(tier, other) for tier in TIERS for other in TIERS if tier != other]


@pytest.mark.parametrize(("tier", "other"), PAIRS)
@pytest.mark.parametrize("role", [0, 1, 2], ids=["app", "ingest", "owner"])
def test_a_role_of_one_tier_cannot_connect_to_another_tiers_database(servers, tier, other, role):
    foreign = make_url(servers.database_urls(other)[role]).database
    url = make_url(servers.database_urls(tier)[role]).set(database=foreign)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connect(url.render_as_string(hide_password=False))


@pytest.mark.parametrize("tier", TIERS)
def test_each_role_reaches_its_own_database_with_the_rights_of_its_kind(servers, tier):
    may_bypass = []
    for url in servers.database_urls(tier):
        with connect(url) as session:
            row = session.execute("SELECT rolbypassrls, rolsuper FROM pg_roles WHERE rolname = current_user")
            bypass, superuser = row.fetchone()
            assert not superuser
            may_bypass.append(bypass)
    assert may_bypass == [False, True, True]


def test_only_the_owner_makes_tables(servers):
    app, ingest, owner = servers.database_urls("county", "tables")
    for url in (app, ingest):
        with connect(url) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("CREATE TABLE mine (id int)")
    with connect(owner) as session:
        session.execute("CREATE TABLE mine (id int)")


def test_a_wrong_password_is_refused(servers):
    wrong = make_url(servers.database_urls("county").app).set(password="wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(wrong.render_as_string(hide_password=False))


def test_text_sorts_by_code_point_on_every_machine(servers):
    with connect(servers.database_urls("county").app) as session:
        words = session.execute("SELECT w FROM unnest(ARRAY['b', 'B', 'a', '三', '一']) w ORDER BY w")
        assert [word for (word,) in words] == ["B", "a", "b", "一", "三"]


def test_provisioning_again_changes_nothing(servers):
    first = servers.database_urls("branch")
    assert provision(servers.admin_url, "branch", servers.secrets("branch"), "sanji_branch") == first


def test_a_named_database_is_another_one_with_the_same_roles(servers):
    first, second = servers.database_urls("county"), servers.database_urls("county", "other")
    assert make_url(first.app).username == make_url(second.app).username == "county_app"
    assert make_url(first.app).database != make_url(second.app).database


def test_each_tier_has_a_redis_database_of_its_own(servers):
    for tier in TIERS:
        with redis.Redis.from_url(servers.redis_url(tier)) as server:
            server.set("whose", tier)
    for tier in TIERS:
        with redis.Redis.from_url(servers.redis_url(tier)) as server:
            assert server.get("whose") == tier.encode()


def test_redis_refuses_whoever_has_no_password(servers):
    stranger = redis.Redis(unix_socket_path=str(servers.sockets / "redis.sock"), retry=ONCE)
    with stranger as server, pytest.raises(redis.AuthenticationError):
        server.ping()


def test_postgresql_older_than_15_is_refused():
    require_version(150000)
    with pytest.raises(StackError, match="PostgreSQL 14 is too old; Sanji needs 15 or newer"):
        require_version(140012)
