"""The end of a stack: in order, complete, and forced when asked twice."""

import os
import signal
import time
from dataclasses import replace

import pytest

from deploy.local import state
from deploy.local.errors import StackError
from deploy.local.identity import Process
from deploy.local.waiting import wait_until
from tests.stack.conftest import all_ended, free_port, horse_of, identities
from tests.stack.small_stack import small, small_stack, web


def test_a_clean_shutdown_leaves_no_process_and_no_socket(data):
    stack = small_stack(data, free_port())
    stack.start()
    everything = identities(stack.processes())
    horses = [horse_of(data, stack.processes()[name].pid) for name in ("county-worker", "branch-timers")]
    assert all(horse.alive() for horse in horses)
    stack.stop()
    assert all_ended(everything, 0) == []
    assert not [horse for horse in horses if horse.alive()]
    assert list((data / "sockets").iterdir()) == []
    assert not stack.data.state.exists()
    stack.stop()  # harmless


def test_a_child_that_ignores_the_request_to_end_is_killed(data):
    stack = small_stack(data, free_port(), programs=[small("branch-timers", "stubborn", "branch")])
    stack.start()
    everything = identities(stack.processes())
    stack.stop()
    assert all_ended(everything, 0) == []


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_and_its_kin_end_everything(data, supervisors, sign):
    supervisor = supervisors(data, free_port())
    assert wait_until(supervisor.ready, 60)
    everything = identities(state.running(data).processes)
    assert supervisor.end(sign) == 0
    assert all_ended(everything, 0) == []


def test_a_second_ctrl_c_forces_the_end(data):
    stack = small_stack(data, free_port(), programs=[small("branch-worker", "stubborn", "branch")])
    stack.start()
    everything = identities(stack.processes())
    stack.hurry()
    before = time.monotonic()
    stack.stop()
    assert time.monotonic() - before < 2.5  # a stubborn worker is given 3 s otherwise
    assert all_ended(everything, 0) == []


def test_ctrl_c_during_the_start_leaves_nothing(data, supervisors):
    supervisor = supervisors(data, free_port())
    assert wait_until(lambda: "PostgreSQL is up" in supervisor.output.read_text(), 60)
    everything = identities(state.running(data).processes)
    assert everything
    assert supervisor.end(signal.SIGINT) == 0
    assert all_ended(everything, 0) == []


def test_a_web_server_that_keeps_dying_ends_the_start_with_its_last_words(data):
    port = free_port()
    broken = replace(small("county-web", "fail"), ready_url=web(port).ready_url)
    stack = small_stack(data, port, programs=[small("county-worker", "wait"), broken])
    everything = {}
    with pytest.raises(StackError, match=r"county-web does not start: the moon is full"):
        stack.start(lambda text: everything.update(identities(stack.processes())))
    assert list(everything) == ["postgres", "redis"]
    assert stack.processes() == {}
    assert all_ended(everything, 0) == []


def test_a_migration_that_fails_is_named_with_its_last_words(data):
    stack = small_stack(data, free_port(), migrations=[small("county-migrate", "fail")])
    with pytest.raises(
        StackError, match=r"county-migrate failed: the moon is full \(see .*county-migrate.log\); .* --data"
    ):
        stack.start()
    assert stack.processes() == {}


def test_nobody_is_taken_for_a_process_with_the_same_number():
    impostor = Process(os.getpid(), "another boot 1")
    assert not impostor.alive()
    impostor.end(signal.SIGTERM, 0)
