"""Which system user runs PostgreSQL and Redis: PostgreSQL refuses to run as root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

# A machine may give Sanji a user of its own; every Unix has `nobody`.
UNPRIVILEGED = ("sanji", "nobody")


@dataclass(frozen=True)
class ServerUser:
    """A system user; `switch` is True when the supervisor has to become it (we are root, it is not)."""

    uid: int
    gid: int
    name: str
    switch: bool

    def own(self, path: Path, mode: int = 0o700) -> Path:
        """Make the folder `path` if missing, give it to this user, and return it."""
        path.mkdir(mode=mode, exist_ok=True)
        path.chmod(mode)
        if self.switch:
            os.chown(path, self.uid, self.gid)
        return path

    def give(self, path: Path) -> Path:
        """Give an existing file to this user, and return it."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        return path

    def first_closed_folder(self, path: Path) -> Path | None:
        """The outermost folder on the way to `path` this user may not enter; None when all are open."""
        if not self.switch:
            return None
        folders = reversed(path.resolve().parents)
        return next((folder for folder in folders if not self._may_enter(folder)), None)

    def _may_enter(self, folder: Path) -> bool:
        found = folder.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def server_user(cluster: Path) -> ServerUser:
    """The owner of an existing database cluster, else ourselves, else (we are root) an unprivileged user."""
    if os.geteuid() != 0:
        return _user(pwd.getpwuid(os.geteuid()), switch=False)
    if cluster.exists() and cluster.stat().st_uid != 0:
        return _user(pwd.getpwuid(cluster.stat().st_uid), switch=True)
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return _user(next(names[name] for name in UNPRIVILEGED if name in names), switch=True)


def _user(entry: pwd.struct_passwd, *, switch: bool) -> ServerUser:
    return ServerUser(uid=entry.pw_uid, gid=entry.pw_gid, name=entry.pw_name, switch=switch)
