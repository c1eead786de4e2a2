"""A running stack: what its processes are told, and that whatever dies comes back."""

import json
import os
import signal
import stat
from pathlib import Path

import pytest
import redis

from deploy.local import state
from deploy.local.databases import connect
from deploy.local.waiting import wait_until
from tests.stack.conftest import ask, horse_of

ALL = ["postgres", "redis", "county-web", "county-worker", "branch-timers"]


def kill_and_wait(stack, name):
    before = stack.processes()[name]
    os.kill(before.pid, signal.SIGKILL)
    assert wait_until(lambda: stack.processes()[name].restarts > before.restarts, 10)
    after = stack.processes()[name]
    assert after.pid != before.pid
    assert after.process.alive()


def test_everything_runs_in_a_session_of_its_own(stack):
    assert list(stack.processes()) == ALL
    for row in stack.processes().values():
        assert row.process.alive()
        assert os.getsid(row.pid) == row.pid


def test_no_server_listens_on_a_tcp_port(stack):
    settings = stack.environment("county")
    with connect(settings["SANJI_COUNTY_DATABASE_URL"]) as session:
        assert session.execute("SHOW listen_addresses").fetchone() == ("",)
    with redis.Redis.from_url(settings["SANJI_COUNTY_REDIS_URL"]) as server:
        found = server.config_get("port", "appendonly", "maxmemory-policy")
        assert found == {"port": "0", "appendonly": "yes", "maxmemory-policy": "noeviction"}


def test_a_tier_is_told_its_own_settings_and_no_others(stack):
    told = stack.environment("township")
    assert sorted(told) == [
        "SANJI_TOWNSHIP_DATABASE_URL",
        "SANJI_TOWNSHIP_INGEST_DATABASE_URL",
        "SANJI_TOWNSHIP_NODE_KEY_FILE",
        "SANJI_TOWNSHIP_OWNER_DATABASE_URL",
        "SANJI_TOWNSHIP_PARENT_URL",
        "SANJI_TOWNSHIP_PUBLIC_URL",
        "SANJI_TOWNSHIP_QUEUE_KEY",
        "SANJI_TOWNSHIP_REDIS_URL",
        "SANJI_TOWNSHIP_SECRET_KEY",
    ]
    assert told["SANJI_TOWNSHIP_PARENT_URL"] == stack.urls["county"]
    assert "SANJI_COUNTY_PARENT_URL" not in stack.environment("county")


def test_passwords_and_keys_are_readable_by_their_owner_alone(stack):
    files = [stack.data.secrets, stack.data.state, *(stack.data.path / "keys").iterdir()]
    assert len(files) == 5
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    key = Path(stack.environment("county")["SANJI_COUNTY_NODE_KEY_FILE"])
    assert key.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")


def test_no_secret_stands_on_a_command_line(stack):
    secrets = json.loads(stack.data.secrets.read_text())
    values = [secrets["postgres"], secrets["redis"], *secrets["county"].values()]
    for row in stack.processes().values():
        line = Path(f"/proc/{row.pid}/cmdline").read_text()
        assert not [value for value in values if value in line]


def test_the_state_names_every_process(stack):
    found = state.running(stack.data.path)
    assert found.supervisor.pid == os.getpid()
    assert {name: row.pid for name, row in found.processes.items()} == {
        name: row.pid for name, row in stack.processes().items()
    }
    assert state.environment(stack.data.path, "branch") == stack.environment("branch")


@pytest.mark.parametrize("name", ALL)
def test_what_is_killed_comes_back(stack, name):
    kill_and_wait(stack, name)


def test_killed_postgresql_and_redis_come_back_with_their_data(stack):
    port = stack.addresses.port("county")
    assert wait_until(lambda: _answers(port, "/healthz"), 10)
    rows, entries = map(int, ask(port, "/add").split())
    kill_and_wait(stack, "postgres")
    kill_and_wait(stack, "redis")
    assert wait_until(lambda: _answers(port, "/seen"), 10)
    assert ask(port, "/seen") == f"{rows} {entries}"


def _answers(port, path):
    try:
        return bool(ask(port, path))
    except (AssertionError, OSError):
        return False


def test_what_a_killed_worker_had_started_ends_with_it(stack):
    horse = horse_of(stack.data.path, stack.processes()["county-worker"].pid)
    kill_and_wait(stack, "county-worker")
    assert horse.wait(5)
