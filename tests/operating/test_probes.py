"""Health says that the process lives, readiness that it can answer; neither says more, nor needs a login."""

import threading

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from deploy.local.waiting import wait_until
from shared.kit.revisions import Revisions, Schema, revisions
from shared.operating.probes import Readiness
from shared.operating.watching import Watch
from tests.county import County

TIERS = ("county", "township", "branch")


def owner(county: County, tier: str, statement: str) -> None:
    engine = create_engine(county.settings[tier].owner_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(statement))


def ask(county: County, tier: str, path: str) -> tuple[int, dict[str, str]]:
    county.app(tier).extensions["sanji.readiness"]._asked = float("-inf")
    answer = county.app(tier).test_client().get(path)
    assert "Set-Cookie" not in answer.headers
    return answer.status_code, answer.get_json()


@pytest.mark.parametrize("tier", TIERS)
def test_a_migrated_tier_is_alive_and_ready_for_anyone_who_asks(county: County, tier: str) -> None:
    assert ask(county, tier, "/health") == (200, {"status": "ok"})
    assert ask(county, tier, "/ready") == (200, {"status": "ready"})


def test_a_database_behind_the_code_is_unready_and_one_ahead_of_it_is_ready(county: County) -> None:
    head = revisions("branch").head
    owner(county, "branch", "UPDATE alembic_version SET version_num = '0001'")
    assert ask(county, "branch", "/ready") == (503, {"status": "unready"})
    assert ask(county, "branch", "/health") == (200, {"status": "ok"})
    owner(county, "branch", "UPDATE alembic_version SET version_num = '9999'")
    assert ask(county, "branch", "/ready") == (200, {"status": "ready"})
    owner(county, "branch", f"UPDATE alembic_version SET version_num = '{head}'")
    assert ask(county, "branch", "/ready") == (200, {"status": "ready"})


def test_a_database_that_is_away_makes_a_node_unready_and_leaves_it_alive(county: County) -> None:
    readiness = county.app("township").extensions["sanji.readiness"]
    before = readiness._look
    readiness._look = Watch("township", "postgresql+psycopg://nobody@127.0.0.1:1/none").schema
    assert ask(county, "township", "/ready") == (503, {"status": "unready"})
    assert ask(county, "township", "/health") == (200, {"status": "ok"})
    readiness._look = before
    assert ask(county, "township", "/ready") == (200, {"status": "ready"})


def test_redis_away_leaves_a_node_ready(county: County) -> None:
    doorbell = county.app("county").extensions["sanji.runtime"].doorbell
    pool = doorbell.redis.connection_pool
    told = dict(pool.connection_kwargs)
    pool.disconnect()
    pool.connection_kwargs["path"] = "/nowhere/redis.sock"
    assert ask(county, "county", "/ready") == (200, {"status": "ready"})
    pool.connection_kwargs.update(told)


def test_probes_in_a_hurry_cost_one_look_a_second_and_do_not_queue() -> None:
    now, looks, slow = [0.0], [], threading.Event()

    def look() -> Schema:
        looks.append(now[0])
        if len(looks) == 2:
            assert slow.wait(5)
        return Schema.CURRENT

    readiness = Readiness(look, lambda: now[0])
    assert [readiness.ready() for _ in range(50)] == [True] * 50
    assert looks == [0.0]
    now[0] = 2.0
    waiting = threading.Thread(target=readiness.ready)
    waiting.start()
    assert wait_until(lambda: len(looks) == 2, 5)
    assert readiness.ready()  # the answer of before, while the other still looks
    now[0] = 8.0
    assert not readiness.ready()  # a look that does not end is an answer too
    slow.set()
    waiting.join()
    assert looks == [0.0, 2.0]


def test_a_database_comes_back_by_itself() -> None:
    now, away = [0.0], [True]

    def look() -> Schema:
        if away[0]:
            raise OperationalError("SELECT 1", {}, Exception("away"))
        return Schema.CURRENT

    readiness = Readiness(look, lambda: now[0])
    assert not readiness.ready()
    away[0] = False
    now[0] = 1.5
    assert readiness.ready()


def test_where_a_database_stands_is_told_from_its_version() -> None:
    known = Revisions(frozenset({"0001", "0002"}), "0002")
    assert known.stands(["0002"]) is Schema.CURRENT
    assert known.stands(["0001"]) is Schema.BEHIND
    assert known.stands([]) is Schema.BEHIND
    assert known.stands(["0003"]) is Schema.AHEAD
