"""A network and mounts of our own: namespaces of processes, so that whatever ends takes them along.

The harness leaves the machine's network for one of its own; each tier stands in another, with cables between
tiers and one to the harness. A blackhole route swallows what is on its way, as a cut cable does.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.child import Child, Program

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000


def isolate() -> str:
    """Move this process into namespaces of its own, before it has threads; '' or why it cannot be."""
    if sys.platform != "linux" or not shutil.which("ip") or not shutil.which("nsenter"):
        return "namespaces need Linux with ip and nsenter"
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        _checked(libc.unshare(CLONE_NEWNS | CLONE_NEWNET))
        _checked(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
        _run("ip", "link", "set", "lo", "up")
    except (OSError, subprocess.CalledProcessError) as error:
        return f"this machine gives no namespaces ({error})"
    return ""


def _checked(answer: int) -> None:
    if answer:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@dataclass
class Network:
    """Who can reach whom. Without namespaces all share the loopback, and no cable can be cut."""

    folder: Path
    real: bool
    holders: dict[str, Child] = field(default_factory=dict)
    addresses: dict[tuple[str, str], str] = field(default_factory=dict)
    """(whose, as seen from) → address."""

    def add(self, name: str) -> None:
        """A namespace for `name`, with a cable from the harness."""
        if not self.real:
            return
        command = ("/bin/sh", "-c", "ip link set lo up; exec sleep 36000")
        holder = Program(f"net-{name}", (_which("unshare"), "--net", *command))
        self.holders[name] = Child(holder, self.folder / f"net-{name}.log", dict(os.environ), self.folder)
        own = os.stat("/proc/self/ns/net").st_ino
        pid = self.holders[name].pid
        while os.stat(f"/proc/{pid}/ns/net").st_ino == own:
            if not self.holders[name].running():
                raise RuntimeError((self.folder / f"net-{name}.log").read_text())
        self.join("harness", name)

    def join(self, one: str, other: str) -> None:
        """A cable between two; each gets an address on it."""
        if not self.real:
            return
        number = len(self.addresses) // 2 + 1
        ends = {one: f"v{number}a", other: f"v{number}b"}
        made = ("ip", "link", "add", ends[one], *self._into(one), "type", "veth")
        _run(*made, "peer", "name", ends[other], *self._into(other))
        for last, (name, device) in enumerate(ends.items(), 1):
            seen_by = other if name == one else one
            self.addresses[name, seen_by] = address = f"10.231.{number}.{last}"
            self.inside(name, "ip", "addr", "add", f"{address}/24", "dev", device)
            self.inside(name, "ip", "link", "set", device, "up")

    def address(self, whose: str, seen_from: str) -> str:
        """Under which address it is reached from there."""
        return self.addresses[whose, seen_from] if self.real else "127.0.0.1"

    def command(self, name: str) -> tuple[str, ...]:
        """What goes before a command that is to run in a namespace."""
        if not self.real or name == "harness":
            return ()
        return (_which("nsenter"), f"--net=/proc/{self.holders[name].pid}/ns/net")

    def inside(self, name: str, *command: str) -> None:
        """Run a command there."""
        _run(*self.command(name), *command)

    def swallow(self, at: str, towards: str) -> None:
        """What `at` sends there goes nowhere from now on; it hears nothing of it."""
        self.inside(at, "ip", "route", "add", "blackhole", f"{self.addresses[towards, at]}/32")

    def restore(self, at: str, towards: str) -> None:
        """The way is open again."""
        with suppress(subprocess.CalledProcessError):
            self.inside(at, "ip", "route", "del", "blackhole", f"{self.addresses[towards, at]}/32")

    def swallowed(self, at: str, towards: str) -> bool:
        """Does the kernel say so itself?"""
        asked = (*self.command(at), "ip", "route", "show", "type", "blackhole")
        shown = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        return self.addresses[towards, at] in shown

    def close(self) -> None:
        """Let the namespaces go, and their cables with them."""
        for holder in self.holders.values():
            holder.stop()
            holder.wait()

    def _into(self, name: str) -> tuple[str, ...]:
        return () if name == "harness" else ("netns", str(self.holders[name].pid))


def small_disk(folder: Path, megabytes: int) -> None:
    """Mount a small disk of its own on a folder. Only after `isolate`: it goes away with this process."""
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=711", "chaos", str(folder))


def let_go(folder: Path) -> None:
    """Take such a disk away again, where there is one."""
    subprocess.run(("umount", "-l", str(folder)), check=False, capture_output=True)


def _which(name: str) -> str:
    for folder in ("/usr/bin", "/bin", "/usr/sbin", "/sbin"):
        if (path := Path(folder, name)).exists():
            return str(path)
    sys.exit(f"chaos needs {name}")
