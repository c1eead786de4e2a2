"""Becomes another program that dies with its supervisor: `python launch.py SIGNAL PARENT UID:GID PROGRAM…`.

A start script of its own, because `preexec_fn` is unsafe beside threads, because the death signal is
cleared when the user changes (so it is set after), and because that user may not be able to run Python.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Change the user if asked, ask for `signal` at the parent's death, become the program."""
    signal, parent, user, *program = arguments
    if user != "-":
        uid, gid = map(int, user.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("sanji: the supervisor ended before its child began")
    try:
        os.execv(program[0], program)  # noqa: S606 — a fixed list, never a shell
    except OSError as error:
        sys.exit(f"sanji: cannot run {program[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
