"""A small tier for the stack's tests: a WSGI application over the real servers, and a process that waits."""

import os
import signal
import sys
from pathlib import Path

sys.dont_write_bytecode = True


def app(environ, start_response):
    """`/healthz` answers; `/add` adds a row and a Redis entry; `/seen` counts both."""
    answer = {"/add": add, "/seen": seen}.get(environ["PATH_INFO"], lambda: "ok")()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer.encode()]


def add():
    with _database() as session:
        session.execute("INSERT INTO visit DEFAULT VALUES")
    with _redis() as queue:
        queue.incr("visits")
    return seen()


def seen():
    with _database() as session, _redis() as queue:
        rows = session.execute("SELECT count(*) FROM visit").fetchone()[0]
        return f"{rows} {int(queue.get('visits') or 0)}"


def _database(role=""):
    import psycopg

    return psycopg.connect(os.environ[f"SANJI_COUNTY_{role}DATABASE_URL"].replace("+psycopg", ""))


def _redis():
    import redis

    return redis.Redis.from_url(os.environ["SANJI_COUNTY_REDIS_URL"])


def migrate():
    with _database("OWNER_") as session:
        session.execute("CREATE TABLE IF NOT EXISTS visit (id bigint GENERATED ALWAYS AS IDENTITY)")
        session.execute("GRANT SELECT, INSERT ON visit TO county_app")


def wait():
    """What a worker does: it starts a process of its own, and ends when asked."""
    horse = os.fork()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    if horse:
        Path(os.environ["SMALL_FOLDER"], f"horse-of-{os.getpid()}").write_text(str(horse))
    while True:
        signal.pause()


def stubborn():
    """Ignores every polite request to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        signal.pause()


def environment():
    """Writes down what it was told, then waits."""
    Path(os.environ["SMALL_FOLDER"], "told").write_text("\n".join(sorted(os.environ)))
    while True:
        signal.pause()


def fail():
    sys.exit("the moon is full")


if __name__ == "__main__":
    {f.__name__: f for f in (migrate, wait, stubborn, environment, fail)}[sys.argv[1]]()
