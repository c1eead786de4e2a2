"""A rolling upgrade: the old server goes on while the database is migrated, the new one waits for it.

Two real servers of one tier on one database: this code, and this code with one migration more.
"""

import http.cookiejar
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.waiting import wait_until
from shared.kit.revisions import revisions
from shared.kit.settings import Settings
from tests.county import County

ROOT = Path(__file__).parents[2]
CODE = "321323001201"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
MIGRATION = '''"""One version later: a column that the program before knows nothing of."""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.add_column("unit", sa.Column("nickname", sa.String(20), nullable=False, server_default=""))
    op.add_column("login_session", sa.Column("device", sa.String(20), nullable=False, server_default=""))
'''


class Server:
    """A web server of the branch tier, of the program in `tree`."""

    def __init__(self, settings: Settings, tree: Path | None, log: Path) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.environment = environment(settings, tree) | {"SANJI_BIND": f"127.0.0.1:{port}"}
        serve = ["gunicorn", "--config", "python:shared.operating.server", "services.branch.app:create_app()"]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *serve],
                env=self.environment,
                cwd=log.parent,
                stderr=output,
                stdout=output,
            )
        assert wait_until(lambda: self.status("/health") == 200, 30), log.read_text()

    def status(self, path: str) -> int:
        """The status of a page, 0 where nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def text(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read().decode()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)


def environment(settings: Settings, tree: Path | None) -> dict[str, str]:
    told = {
        "DATABASE_URL": settings.database_url,
        "INGEST_DATABASE_URL": settings.ingest_database_url,
        "OWNER_DATABASE_URL": settings.owner_database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "QUEUE_KEY": settings.queue_key,
        "NODE_KEY_FILE": str(settings.node_key_file),
        "PUBLIC_URL": "http://127.0.0.1",
    }
    path = {"PYTHONPATH": str(tree)} if tree else {}
    return os.environ | {f"SANJI_BRANCH_{name}": value for name, value in told.items()} | path


class Visitor:
    """Somebody with a browser who signs in."""

    def __init__(self) -> None:
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), urllib.request.ProxyHandler({})
        )

    def sign_in(self, server: Server, password: str) -> str:
        """The address one is led to."""
        page = self.opener.open(f"{server.url}/login", timeout=20).read().decode()
        token = TOKEN.search(page)
        assert token
        form = {"login": CODE, "password": password, "csrf_token": token[1]}
        data = urllib.parse.urlencode(form).encode()
        return str(self.opener.open(f"{server.url}/login", data, timeout=20).url)

    def sees(self, server: Server, path: str) -> str:
        return self.opener.open(server.url + path, timeout=20).read().decode()


@pytest.fixture
def servers_of_two_versions(county: County, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    tree = tmp_path / "newer"
    shutil.copytree(ROOT / "services/branch", tree / "services/branch")
    later = tree / "services/branch/migrations/versions/9999_later.py"
    later.write_text(MIGRATION.format(head=revisions("branch").head))
    settings = county.settings["branch"]
    old = Server(settings, None, tmp_path / "old.log")
    new = Server(settings, tree, tmp_path / "new.log")
    yield old, new
    old.stop()
    new.stop()


def test_nobody_notices_an_upgrade(county: County, servers_of_two_versions: tuple[Server, Server]) -> None:
    old, new = servers_of_two_versions
    password = county.passwords["branch_secretary"]
    assert (old.status("/ready"), new.status("/ready")) == (200, 503)
    assert new.status("/health") == 200
    stop, done, wrong = threading.Event(), [], []

    def work() -> None:
        while not stop.is_set():
            try:
                visitor = Visitor()
                assert not visitor.sign_in(old, password).endswith("/login")
                assert visitor.sees(old, "/")
                done.append(1)
            except (OSError, AssertionError) as error:
                wrong.append(error)

    people = [threading.Thread(target=work) for _ in range(4)]
    for one in people:
        one.start()
    assert wait_until(lambda: len(done) >= 2, 30)
    migrate = [sys.executable, "-m", "services.branch.migrate"]
    for _ in range(2):  # the second finds nothing to do, and must take no lock for that
        subprocess.run(migrate, env=new.environment, check=True, cwd=ROOT / "tests")
    before = len(done)
    assert wait_until(lambda: new.status("/ready") == 200, 10)
    assert wait_until(lambda: len(done) >= before + 2, 30)
    stop.set()
    for one in people:
        one.join()
    assert wrong == []
    assert old.status("/ready") == 200
    assert 'sanji_schema{state="ahead"} 1.0' in old.text("/metrics")
    assert 'sanji_schema{state="current"} 1.0' in new.text("/metrics")
    visitor = Visitor()
    visitor.sign_in(old, password)
    seen = [TOKEN.sub("", visitor.sees(server, "/")) for server in (old, new)]
    assert seen[0] == seen[1]  # whoever was signed in at one is so at the other
    assert "工作台" in seen[1]
