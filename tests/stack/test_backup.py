"""`sanji backup` and `sanji restore` on a real database of a tier: all comes back, or nothing changes."""

import os
import tarfile
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from deploy.backup import database
from deploy.backup_commands import backup, restore
from deploy.local.databases import connect
from services.township.tables import METADATAS
from shared.kit.migrations import at_head, migrate

OWN_NODE = "8f3d8b1e-6a52-4a5e-9d3c-0d4f6f1c2a10"
ROWS = {
    "unit": "INSERT INTO unit (id, code, name, level, kind, path)"
    " VALUES ('00000000-0000-4000-8000-000000000011', '11', '西镇（合成）', 'township', 'town', '1.11.')",
    "peer": "INSERT INTO peer (node_id, tier, name, relation, last_batch, registered_at, cluster)"
    f" VALUES ('{OWN_NODE}', 'township', '西镇（合成）', 'self', 7, now(), 'this one')",
    "nonce": "INSERT INTO nonce (nonce, at) VALUES (decode('00ff', 'hex'), now())",
}
POLICIES = "SELECT tablename, policyname, qual, with_check FROM pg_policies ORDER BY 1, 2"
FORCED = "SELECT relname, relforcerowsecurity FROM pg_class WHERE relkind = 'r' ORDER BY 1"
GRANTS = (
    "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants"
    " WHERE table_schema = 'public' ORDER BY 1, 2, 3"
)


@pytest.fixture(scope="module")
def urls(servers):
    """The addresses of a township's database."""
    made = servers.database_urls("township", "backup")
    migrate(made.owner, "township", METADATAS)
    return made


@pytest.fixture
def township(urls, monkeypatch):
    """It has a few rows; commands find it in the environment."""
    with connect(urls.owner) as session:
        session.execute("TRUNCATE unit, peer, nonce CASCADE")
        for statement in ROWS.values():
            session.execute(statement)
    monkeypatch.setenv("SANJI_TOWNSHIP_OWNER_DATABASE_URL", urls.owner)
    return urls


@pytest.fixture
def saved(township, tmp_path):
    """The township's backup."""
    done = run(backup, tmp_path / "a.tar")
    assert done.exit_code == 0, done.output
    return tmp_path / "a.tar"


def run(command, file, *more, tier="township"):
    return CliRunner().invoke(command, [str(file), "--tier", tier, *more])


def looked_at(url, *queries):
    with connect(url) as session:
        return [session.execute(query).fetchall() for query in queries]


def test_what_was_lost_comes_back_with_its_protection(township, saved):
    before = looked_at(township.owner, "SELECT * FROM unit", "SELECT * FROM nonce", POLICIES, FORCED, GRANTS)
    with connect(township.owner) as session:
        session.execute("TRUNCATE nonce")
        session.execute("UPDATE unit SET name = 'anders'")
        session.execute("DROP TABLE quarantine CASCADE")
        session.execute("CREATE TABLE made_later (id int)")
    done = run(restore, saved, "--yes")
    assert done.exit_code == 0, done.output
    after = looked_at(township.owner, "SELECT * FROM unit", "SELECT * FROM nonce", POLICIES, FORCED, GRANTS)
    assert after == before
    assert at_head(township.owner, "township")


def test_the_node_notices_that_it_was_restored(township, saved):
    assert run(restore, saved, "--yes").exit_code == 0
    ((cluster,),) = looked_at(township.owner, "SELECT cluster FROM peer WHERE relation = 'self'")[0]
    assert cluster.startswith("restored/")


def test_the_application_works_on_what_was_restored_and_no_further_than_before(township, saved):
    assert run(restore, saved, "--yes").exit_code == 0
    assert looked_at(township.app, "SELECT count(*) FROM unit")  # may ask
    assert looked_at(township.app, "SELECT * FROM audit_event") == [[]]  # sees nothing without a scope
    for statement in ("DROP TABLE nonce", "CREATE TABLE mine (id int)", "DELETE FROM audit_event"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            looked_at(township.app, statement)


def test_a_backup_is_for_its_owner_alone_and_never_overwrites_another(saved):
    assert saved.stat().st_mode & 0o777 == 0o600
    before = saved.read_bytes()
    done = run(backup, saved)
    assert done.exit_code == 2
    assert "never overwrites" in done.output
    assert saved.read_bytes() == before
    assert [one.name for one in saved.parent.iterdir()] == ["a.tar"]


def test_a_tier_that_is_at_work_is_not_restored_under_its_feet(township, saved):
    with connect(township.app):
        done = run(restore, saved, "--yes")
    assert done.exit_code == 2
    assert "stop its web server, worker and timer first" in done.output


def test_another_tiers_and_another_nodes_backup_are_refused(township, saved, monkeypatch):
    with connect(township.owner) as session:
        session.execute("UPDATE peer SET node_id = gen_random_uuid() WHERE relation = 'self'")
    other_node = run(restore, saved, "--yes")
    assert other_node.exit_code == 2
    assert "another node" in other_node.output
    monkeypatch.setenv("SANJI_BRANCH_OWNER_DATABASE_URL", township.owner)
    other_tier = run(restore, saved, "--yes", tier="branch")
    assert other_tier.exit_code == 2
    assert "a backup of a township, not of a branch" in other_tier.output


@pytest.mark.parametrize("how", ["cut off", "changed inside", "no backup", "a tar of something else"])
def test_a_damaged_file_changes_nothing(township, saved, how):
    content = saved.read_bytes()
    middle = len(content) // 2
    if how == "a tar of something else":
        saved.with_name("note").write_text("no backup")
        with tarfile.open(saved, "w") as archive:
            archive.add(saved.with_name("note"), "note")
    else:
        saved.write_bytes(
            {
                "cut off": content[:middle],
                "changed inside": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
                "no backup": os.urandom(2000),
            }[how]
        )
    done = run(restore, saved, "--yes")
    assert done.exit_code == 2
    assert str(saved) in done.output
    assert looked_at(township.owner, "SELECT count(*) FROM nonce") == [[(1,)]]


def test_a_dump_that_cannot_be_put_in_place_leaves_everything_as_it_was(township, saved, tmp_path):
    with tarfile.open(saved) as archive:
        archive.extractall(tmp_path, filter="data")
    broken = tmp_path / "database.dump"
    broken.write_bytes(broken.read_bytes()[: -len(broken.read_bytes()) // 3])
    with pytest.raises(Exception, match="nothing was changed"):
        database.load(township.owner, "township", broken)
    assert looked_at(township.owner, "SELECT count(*) FROM nonce", "SELECT count(*) FROM unit") == [
        [(1,)],
        [(1,)],
    ]


def test_what_is_offered_to_a_province_is_not_in_the_backup_and_is_to_be_offered_again(
    township, saved, tmp_path
):
    with connect(township.owner) as session:
        session.execute("CREATE SCHEMA IF NOT EXISTS report")
        session.execute("CREATE OR REPLACE VIEW report.village AS SELECT name FROM unit")
    again = tmp_path / "offered.tar"
    assert run(backup, again).exit_code == 0
    done = run(restore, again, "--yes")
    assert done.exit_code == 0, done.output
    assert "`sanji province offer` again" in done.output
    assert not database.is_offered(township.owner)


def test_where_files_cannot_be_linked_a_backup_is_written_all_the_same(township, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(PermissionError))
    assert run(backup, tmp_path / "stick.tar").exit_code == 0
    assert run(restore, tmp_path / "stick.tar", "--yes").exit_code == 0


def test_without_yes_it_asks_first(township, saved):
    done = CliRunner().invoke(restore, [str(saved), "--tier", "township"], input="n\n")
    assert done.exit_code == 1
    assert "Replace the township's database by the backup of" in done.output
    ((cluster,),) = looked_at(township.owner, "SELECT cluster FROM peer")[0]
    assert cluster == "this one"


def test_a_folder_that_is_not_there_is_said(township):
    done = run(backup, Path("/nowhere/at/all.tar"))
    assert done.exit_code == 2
    assert "there is no folder /nowhere/at" in done.output
