"""A tier can be prepared for servers of its own; what starts beside the migration waits for it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

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


def test_preparing_twice_changes_nothing_and_the_files_are_settings(servers: Servers, tmp_path: Path) -> None:
    servers.database_urls("township", "roles_exist")  # so that there is something to rename
    with connect(servers.admin_url) as server:
        for role in ("app", "ingest", "owner"):
            server.execute(f"ALTER ROLE township_{role} RENAME TO kept_{role}")
    try:
        out = tmp_path / "settings"
        (tmp_path / "password").write_text("s3 cret\n")
        assert "metrics_token" in prepare(servers, out, "--redis-password-file", str(tmp_path / "password"))
        found = {path.name: path.read_text() for path in out.rglob("*") if path.is_file()}
        assert set(found) == {*RUN, *OWNER}
        assert {stat.S_IMODE(path.stat().st_mode) for path in out.rglob("*_*")} == {0o600}
        assert found["redis_url"] == "redis://:s3%20cret@redis:6379/0"
        assert prepare(servers, out).startswith("township: nothing written")
        assert found == {path.name: path.read_text() for path in out.rglob("*") if path.is_file()}
        env = {f"SANJI_TOWNSHIP_{name.upper()}_FILE": str(out / "run" / name) for name in RUN}
        env |= {
            "SANJI_TOWNSHIP_NODE_KEY_FILE": str(tmp_path / "key"),
            "SANJI_TOWNSHIP_PUBLIC_URL": "http://x",
        }
        settings = Settings.from_env("township", env)
        watch = Watch("township", settings.database_url)
        assert watch.schema() is Schema.BEHIND
        watch.engine.dispose()
        env["SANJI_TOWNSHIP_OWNER_DATABASE_URL_FILE"] = str(out / "owner" / "owner_database_url")
        migrate = [sys.executable, "-m", "services.township.migrate"]
        subprocess.run(migrate, env=os.environ | env, check=True)
        waited = [sys.executable, "-m", "shared.operating.await_schema", "township"]
        assert subprocess.run(waited, env=os.environ | env, check=False).returncode == 0
        assert "passwords that" in prepare(servers, tmp_path / "another")
    finally:
        with connect(servers.admin_url) as server:
            server.execute("DROP DATABASE IF EXISTS sanji_township WITH (FORCE)")
            for role in ("app", "ingest", "owner"):
                server.execute(f"DROP ROLE IF EXISTS township_{role}")
                server.execute(f"ALTER ROLE kept_{role} RENAME TO township_{role}")


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
