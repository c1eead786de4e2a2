"""A tier can be prepared for servers of its own; what starts beside the migration waits for it."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from deploy.cli import main
from deploy.local.databases import connect
from deploy.prepare_command import OWNER, RUN
from shared.kit.revisions import Schema
from shared.kit.settings import Settings
from shared.operating import await_schema
from shared.operating.watching import Watch
from tests.servers import Servers


def prepare(servers: Servers, out: Path, *more: str) -> str:
    told = ["prepare", "--tier", "township", "--redis-url", "redis://redis:6379/0", "--out", str(out)]
    ran = CliRunner().invoke(main, [*told, "--database-url", servers.admin_url, *more])
    return ran.output if ran.exit_code == 0 else f"exit {ran.exit_code}: {ran.output}"


@pytest.fixture
def untouched(tmp_path: Path) -> Iterator[Servers]:
    """Servers on which nobody has made a role yet: what other tests leave behind must not be found here."""
    folder = Path(tempfile.mkdtemp(prefix="sanji-prepare-"))
    folder.chmod(0o711)
    made = Servers(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


def test_preparing_twice_changes_nothing_and_the_files_are_settings(
    untouched: Servers, tmp_path: Path
) -> None:
    out = tmp_path / "settings"
    (tmp_path / "password").write_text("s3 cret\n")
    assert "metrics_token" in prepare(untouched, out, "--redis-password-file", str(tmp_path / "password"))
    found = {path.name: path.read_text() for path in out.rglob("*") if path.is_file()}
    assert set(found) == {*RUN, *OWNER}
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.rglob("*_*")} == {0o600}
    assert found["redis_url"] == "redis://:s3%20cret@redis:6379/0"
    assert prepare(untouched, out).startswith("township: nothing written")
    assert found == {path.name: path.read_text() for path in out.rglob("*") if path.is_file()}
    env = {f"SANJI_TOWNSHIP_{name.upper()}_FILE": str(out / "run" / name) for name in RUN}
    env |= {"SANJI_TOWNSHIP_NODE_KEY_FILE": str(tmp_path / "key"), "SANJI_TOWNSHIP_PUBLIC_URL": "http://x"}
    settings = Settings.from_env("township", env)
    watch = Watch("township", settings.database_url)
    assert watch.schema() is Schema.BEHIND
    watch.engine.dispose()
    env["SANJI_TOWNSHIP_OWNER_DATABASE_URL_FILE"] = str(out / "owner" / "owner_database_url")
    migrate = [sys.executable, "-m", "services.township.migrate"]
    subprocess.run(migrate, env=os.environ | env, check=True)
    waited = [sys.executable, "-m", "shared.operating.await_schema", "township"]
    assert subprocess.run(waited, env=os.environ | env, check=False).returncode == 0
    assert "passwords that" in prepare(untouched, tmp_path / "another")


def test_a_database_that_belongs_to_somebody_else_is_named_and_not_taken(
    untouched: Servers, tmp_path: Path
) -> None:
    with connect(untouched.admin_url) as server:
        server.execute("CREATE DATABASE sanji_township")
    said = prepare(untouched, tmp_path / "settings")
    assert "exit 1" in said or "exit 2" in said
    assert "the database sanji_township is there already and belongs to postgres" in said
    assert not (tmp_path / "settings").exists()
    with connect(untouched.admin_url) as server:
        roles = server.execute("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'township%'").fetchone()
    assert roles == (0,)


def test_what_waits_for_a_migration_goes_on_when_it_is_done_and_gives_up_in_the_end() -> None:
    said = [OperationalError("x", {}, Exception("away")), Schema.BEHIND, Schema.AHEAD]

    def look() -> Schema:
        answer = said.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert await_schema.migrated(look, lambda _seconds: None)
    assert not await_schema.migrated(lambda: Schema.BEHIND, lambda _seconds: None)


def test_a_pulse_that_is_old_or_never_was_is_no_life(tmp_path: Path) -> None:
    pulse = tmp_path / "pulse"
    ask = [sys.executable, "-m", "shared.operating.alive", str(pulse), "60"]
    assert subprocess.run(ask, check=False).returncode == 1
    pulse.touch()
    assert subprocess.run(ask, check=False).returncode == 0
    os.utime(pulse, (1, 1))
    assert subprocess.run(ask, check=False).returncode == 1
