"""The data directory: where everything lies, whether it is ours, and who is using it."""

import fcntl
import json
import os
import tempfile
from pathlib import Path
from typing import IO

from deploy.local.errors import StackError
from deploy.local.secret_values import write_private
from deploy.local.server_user import ServerUser

LAYOUT = 1
_MARKER = "layout.json"
_LOCK = "lock"
# May lie in a folder nobody has used yet: our own first two steps, and a fresh disk's.
_NOTHING = {_LOCK, _MARKER + ".new", "lost+found"}
# Unix socket addresses hold 107 bytes on Linux and 103 on macOS.
_LONGEST_SOCKET = 103
_LONGEST_NAME = len("/.s.PGSQL.5432")


def default_data() -> Path:
    """$SANJI_DATA, else /var/lib/sanji for root, else the person's own state folder."""
    if chosen := os.environ.get("SANJI_DATA"):
        return Path(chosen)
    if os.geteuid() == 0:
        return Path("/var/lib/sanji")
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "sanji"


class DataDirectory:
    """One stack's files. Making the object touches nothing; `open` checks, marks and locks."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path).expanduser().resolve()
        self.cluster = self.path / "postgres" / "pgdata"
        self.redis = self.path / "redis"
        self.secrets = self.path / "secrets.json"
        self.spare = self.path / "bin"
        self.state = self.path / "run" / "supervisor.json"
        self._lock: IO[str] | None = None

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.path / "log" / f"{name}.log"

    def node_key(self, tier: str) -> Path:
        """The tier's signing key."""
        return self.path / "keys" / f"{tier}.pem"

    def open(self) -> None:
        """Take the directory for this process, made when missing; StackError says why it cannot be used."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._refuse_foreign_files()
            self._take_lock()
            self._check_marker()
            for folder in ("run", "log", "keys", "bin"):
                (self.path / folder).mkdir(exist_ok=True, mode=0o700)
        except StackError:
            self.close()
            raise
        except OSError as error:
            self.close()
            raise StackError(
                f"cannot write to {self.path} ({error.strerror}); choose another folder with --data"
            ) from None

    def close(self) -> None:
        """Let others take the directory."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def admit(self, user: ServerUser) -> None:
        """Let the servers' user pass through (its own folders are below); never touches a parent folder."""
        if not user.switch:
            return
        self.path.chmod(0o711)
        (self.path / "bin").chmod(0o755)
        if closed := user.first_closed_folder(self.cluster.parent):
            raise StackError(
                f"PostgreSQL runs as '{user.name}', who may not enter {closed}; "
                "choose another folder with --data"
            )

    def sockets(self, user: ServerUser) -> Path:
        """The servers' private folder for sockets; elsewhere when this path is too long for one."""
        here = self.path / "sockets"
        if len(os.fsencode(here)) + _LONGEST_NAME <= _LONGEST_SOCKET:
            return user.own(here)
        elsewhere = tempfile.gettempdir()
        short = elsewhere if len(elsewhere) + 40 <= _LONGEST_SOCKET else "/tmp"  # noqa: S108 — mkdtemp below
        return user.own(Path(tempfile.mkdtemp(prefix="sanji-", dir=short)))

    def cluster_version(self) -> int | None:
        """The major version of PostgreSQL this directory is for; None before its first start."""
        marked: int | None = self._marker()["postgres"]
        if marked is None and self.cluster.exists():  # killed between making the cluster and saying so
            marked = int((self.cluster / "PG_VERSION").read_text())
            self.mark_cluster(marked)
        if marked is not None and not self.cluster.exists():
            raise StackError(
                f"{self.path} is half-initialised: {self.cluster} is missing; "
                "restore it from a backup, or choose another folder with --data"
            )
        return marked

    def mark_cluster(self, version: int) -> None:
        """Remember that the cluster is complete, and of which major version."""
        self._mark({**self._marker(), "postgres": version})

    def _refuse_foreign_files(self) -> None:
        names = {entry.name for entry in self.path.iterdir()}
        if _MARKER not in names and names - _NOTHING:
            raise StackError(
                f"{self.path} is half-initialised or not Sanji's: it holds files but no {_MARKER}; "
                "empty it, or choose another folder with --data"
            )

    def _take_lock(self) -> None:
        self._lock = (self.path / _LOCK).open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.seek(0)
            raise StackError(
                f"already running on {self.path} (process {self._lock.read().strip() or 'unknown'}); "
                f"stop it with: sanji down --data {self.path}"
            ) from None
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    def _check_marker(self) -> None:
        if not (self.path / _MARKER).exists():
            self._mark({"layout": LAYOUT, "postgres": None})
        layout = self._marker()["layout"]
        if layout != LAYOUT:
            raise StackError(
                f"{self.path} has layout version {layout}, this Sanji reads {LAYOUT}; "
                "use the Sanji that made it, or choose another folder with --data"
            )

    def _marker(self) -> dict[str, int | None]:
        try:
            found = json.loads((self.path / _MARKER).read_text())
            return {"layout": found["layout"], "postgres": found["postgres"]}
        except (ValueError, KeyError, TypeError):
            raise StackError(f"{self.path / _MARKER} is damaged; restore it from a backup") from None

    def _mark(self, marker: dict[str, int | None]) -> None:
        write_private(self.path / _MARKER, json.dumps(marker).encode())
