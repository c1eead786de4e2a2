"""What is wrong with a data directory, a port or a server is said in one line, and nothing is touched."""

import json
import os
import pwd
import socket
import stat
import subprocess
import sys

import pytest

from deploy.local import state
from deploy.local.data_directory import DataDirectory, default_data
from deploy.local.errors import StackError
from deploy.local.postgres import packaged_programs, programs_for
from deploy.local.secret_values import load_or_create_secrets
from deploy.local.server_user import ServerUser
from deploy.local.waiting import wait_until
from tests.stack.conftest import free_port, new_folder
from tests.stack.small_stack import small_stack

NOBODY = pwd.getpwnam("nobody")


def start_fails(data, match, port=None):
    stack = small_stack(data, port or free_port(), programs=[], migrations=[])
    with pytest.raises(StackError, match=match) as caught:
        stack.start()
    assert "\n" not in caught.value.format_message()
    assert stack.processes() == {}


def test_files_without_our_mark_are_left_alone(empty):
    empty.mkdir()
    (empty / "thesis.txt").write_text("mine")
    start_fails(empty, r"half-initialised or not Sanji's: it holds files but no layout.json; empty it, or")
    assert [entry.name for entry in empty.iterdir()] == ["thesis.txt"]


def test_a_missing_cluster_is_not_silently_made_anew(marked):
    (marked / "postgres" / "pgdata").rmdir()
    start_fails(marked, r"is half-initialised: .*pgdata is missing; restore it from a backup")


def test_another_layout_version_is_refused(marked):
    (marked / "layout.json").write_text(json.dumps({"layout": 2, "postgres": 18}))
    start_fails(marked, r"has layout version 2, this Sanji reads 1; use the Sanji that made it")


def test_another_postgresql_version_is_refused(marked):
    (marked / "layout.json").write_text(json.dumps({"layout": 1, "postgres": 17}))
    start_fails(marked, r"was made by PostgreSQL 17, this Sanji brings PostgreSQL 18; move the data over")


@pytest.mark.parametrize("name", ["layout.json", "secrets.json"])
def test_a_damaged_file_is_named(marked, name):
    (marked / name).write_text("{")
    start_fails(marked, rf"{name} is damaged; restore it from a backup")


def test_a_folder_that_cannot_be_written_is_named(empty):
    empty.parent.joinpath("file").write_text("")
    start_fails(empty.parent / "file" / "data", r"cannot write to .*file/data \(Not a directory\); choose")


def test_a_second_supervisor_is_refused_and_told_of_the_first(stack):
    start_fails(
        stack.data.path,
        rf"already running on .* \(process {os.getpid()}\); stop it with: sanji down --data",
    )
    assert all(row.process.alive() for row in stack.processes().values())


def test_a_busy_port_is_named_with_the_way_out(empty):
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 1))
        taken.listen()
        start_fails(empty, rf"port {port + 1} on 127.0.0.1 is in use; free it, or .* --port", port)


@pytest.mark.parametrize("port", [-1, 65534])
def test_a_port_out_of_range_is_refused(empty, port):
    start_fails(empty, rf"--port {port} is out of range \(1 to 65533\)", port)


def test_a_folder_the_servers_user_may_not_enter_is_named(empty):
    closed = empty.parent / "closed"
    closed.mkdir(mode=0o700)
    user = ServerUser(NOBODY.pw_uid, NOBODY.pw_gid, "nobody", switch=True)
    directory = DataDirectory(closed / "data")
    directory.open()
    with pytest.raises(StackError, match=r"PostgreSQL runs as 'nobody', who may not enter .*closed; choose"):
        directory.admit(user)
    directory.close()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_a_path_too_long_for_sockets_keeps_its_data_and_puts_them_elsewhere(copied):
    deep = copied.parent / ("long" * 20) / "data"
    deep.parent.mkdir()
    copied.rename(deep)
    told = []
    with small_stack(deep, free_port(), programs=[], migrations=[]) as stack:
        stack.start(told.append)
        said = next(text for text in told if "too long for sockets" in text)
        assert stat.S_IMODE(os.stat(said.split()[-1]).st_mode) == 0o700
    assert not os.path.exists(said.split()[-1])


def test_programs_out_of_reach_are_copied_once_and_no_parent_is_opened():
    folder = new_folder()
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    subprocess.run(["cp", "-a", packaged_programs(), closed / "pginstall"], check=True)
    user = ServerUser(NOBODY.pw_uid, NOBODY.pw_gid, "nobody", switch=True)
    found = programs_for(user, closed / "pginstall", folder)
    assert found.parent.parent == folder
    assert user.first_closed_folder(found / "postgres") is None
    assert programs_for(user, closed / "pginstall", folder) == found
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    subprocess.run(["rm", "-r", folder], check=True)


def test_the_data_directory_is_chosen_by_setting_then_by_user(monkeypatch):
    monkeypatch.setenv("SANJI_DATA", "/somewhere/else")
    assert str(default_data()) == "/somewhere/else"
    monkeypatch.delenv("SANJI_DATA")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert str(default_data()) == "/var/lib/sanji"
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_STATE_HOME", "/home/someone/state")
    assert str(default_data()) == "/home/someone/state/sanji"
    monkeypatch.delenv("XDG_STATE_HOME")
    assert default_data().parts[-3:] == (".local", "state", "sanji")


def test_secrets_are_random_per_data_directory(tmp_path):
    first, second = (load_or_create_secrets(tmp_path / name) for name in ("a", "b"))
    assert first != second
    assert load_or_create_secrets(tmp_path / "a") == first


def as_nobody():
    """The words that make a command run as an unprivileged user, when we are root."""
    if os.geteuid() != 0:
        return ()
    # This interpreter may lie in a folder only root may enter; the one capability lets it be read.
    caps = ("--inh-caps=-all,+dac_override", "--ambient-caps=+dac_override")
    return ("setpriv", f"--reuid={NOBODY.pw_uid}", f"--regid={NOBODY.pw_gid}", "--clear-groups", *caps)


def test_an_ordinary_user_can_start_everything(empty, supervisors):
    if os.geteuid() == 0:
        os.chown(empty.parent, NOBODY.pw_uid, NOBODY.pw_gid)
    supervisor = supervisors(empty, free_port(), prefix=as_nobody())
    assert wait_until(supervisor.ready, 60)
    owner = NOBODY.pw_uid if os.geteuid() == 0 else os.geteuid()
    for row in state.running(empty).processes.values():
        assert os.stat(f"/proc/{row.pid}").st_uid == owner
    assert stat.S_IMODE(empty.stat().st_mode) == 0o700


def test_as_root_the_servers_run_as_somebody_else(stack):
    servers = {os.stat(f"/proc/{stack.processes()[name].pid}").st_uid for name in ("postgres", "redis")}
    assert 0 not in servers


def test_sys_executable_is_what_the_children_run(stack):
    assert os.path.samefile(f"/proc/{stack.processes()['county-worker'].pid}/exe", sys.executable)
