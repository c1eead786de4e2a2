"""Three counties' own databases and a coordinator: the province's question, and what it cannot see."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner

from deploy.cli import main
from deploy.local.databases import connect
from deploy.local.errors import StackError
from deploy.shards import asking, joining, offering
from services.county.tables import METADATAS
from shared.kit.migrations import migrate
from tests.servers import Servers

CODES = ("321323", "510723", "330110")
YEAR, VILLAGES = 2026, 400


@pytest.fixture(scope="module")
def urls(servers: Servers) -> dict[str, str]:
    """Each county's address for reports, its contest of 400 villages published; a trial that is not."""
    found = {}
    for code in CODES:
        owner = servers.database_urls("county", f"shard_{code}").owner
        migrate(owner, "county", METADATAS)
        with connect(owner) as county:
            fill(county, code)
            county.execute("ANALYZE")
        found[code] = offering.offer(servers.admin_url, owner, "a-password")
    return found


@pytest.fixture(scope="module")
def coordinator(servers: Servers, urls: dict[str, str]) -> Iterator[psycopg.Connection]:
    with connect(servers.admin_url) as server:
        server.execute("CREATE DATABASE province")
    with connect(coordinator_url(servers)) as made:
        for code, url in urls.items():
            joining.join(made, code, url)
        yield made


def coordinator_url(servers: Servers) -> str:
    head, _, tail = servers.admin_url.partition("?")
    return f"{head.rpartition('/')[0]}/province{'?' + tail if tail else ''}"


def fill(county: psycopg.Connection, code: str) -> None:
    """A county with a published edition of its contest and a later trial that nobody has published."""
    unit, contest, published, later = (uuid4() for _ in range(4))
    county.execute(
        "INSERT INTO unit (id, code, name, level, kind, path) VALUES (%s, %s, '县', 'county', 'county', %s)",
        [unit, code, f"{code}."],
    )
    county.execute(
        "INSERT INTO rulebook (hash, unit_id, kind, name, text, effective_from, added_by, added_at)"
        " VALUES ('h', %s, 'contest', '', '', now(), '', now())",
        [unit],
    )
    county.execute(
        "INSERT INTO contest (id, unit_id, year, title, rulebook_hash, state, version, filing_until,"
        " verifying_until, synthetic_note)"
        " VALUES (%s, %s, %s, '竞赛', 'h', 'published', 1, now(), now(), '合成')",
        [contest, unit, YEAR],
    )
    for number, trial in enumerate((published, later), 1):
        county.execute(
            "INSERT INTO trial (id, contest_id, unit_id, number, rulebook_hash, rule_version, input_hash,"
            " result_hash, blocks, cuts, decisions, by, at)"
            " VALUES (%s, %s, %s, %s, 'h', 1, 'i', 'r', '[]', '{}', '[]', 'x', now())",
            [trial, contest, unit, number],
        )
        county.execute(
            'INSERT INTO trial_line (trial_id, unit_id, village_code, village_name, township_id, "group",'
            " vetoes, points, categories, score, rank, tier, excluded, reason)"
            " SELECT %s, gen_random_uuid(), %s || n, '村', %s, '', '[]', '{}', '{}', n * %s, n,"
            " 1 + n %% 4, false, '' FROM generate_series(1, %s) n",
            [trial, code, unit, 100 if number == 1 else 999, VILLAGES],
        )
    county.execute(
        "INSERT INTO edition (contest_id, number, unit_id, trial_id, reason, locked_by, locked_by_id,"
        " locked_at) VALUES (%s, 1, %s, %s, '', 'x', %s, now())",
        [contest, unit, published, unit],
    )
    county.execute(
        "INSERT INTO edition_published (contest_id, number, unit_id, by, by_id, at, key_id, public_key,"
        " signature) VALUES (%s, 1, %s, 'x', %s, now(), 'k', 'x', 'x')",
        [contest, unit, unit],
    )


def test_the_province_hears_what_each_county_has_published(coordinator: psycopg.Connection) -> None:
    answer = asking.ask(coordinator, YEAR)
    best, total = VILLAGES * 100, 100 * VILLAGES * (VILLAGES + 1) // 2
    assert answer.rows == [(code, 400, 100, 100, 100, 100, total, best, True) for code in sorted(CODES)]
    assert (answer.away, answer.false) == ({}, [])
    assert asking.ask(coordinator, YEAR - 1).rows == []


def test_each_county_counts_its_own_villages_and_all_at_once(coordinator: psycopg.Connection) -> None:
    coordinator.execute("SET enable_partitionwise_aggregate = on")
    asked = {"year": YEAR, "counties": list(CODES)}
    plan = "\n".join(row[0] for row in coordinator.execute(f"EXPLAIN (VERBOSE) {asking.QUESTION}", asked))
    assert plan.count("Relations: Aggregate on") == 3, plan
    one = "SELECT count(*) FROM village_result WHERE county_code = '330110'"
    plan = "\n".join(row[0] for row in coordinator.execute(f"EXPLAIN (VERBOSE) {one}"))
    assert "330110" in plan
    assert "321323" not in plan
    every = "\n".join(row[0] for row in coordinator.execute("EXPLAIN SELECT * FROM village_result"))
    assert every.count("Async Foreign Scan") == 3


def test_who_asks_can_read_nothing_but_what_is_published_and_change_nothing(urls: dict[str, str]) -> None:
    with connect(urls["321323"]) as county:
        for table in ("trial_line", "member_year", "account", "audit_event", "unit"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                county.execute(f"SELECT * FROM public.{table}")
        for statement in ("DELETE FROM public.trial_line", "CREATE TABLE report.mine (a int)"):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
                county.execute(statement)
        scores = county.execute("SELECT max(score) FROM report.village").fetchone()
        assert scores == (VILLAGES * 100,)  # the later trial stays the county's own


def test_a_county_that_is_away_is_named_and_stops_no_other(
    coordinator: psycopg.Connection, urls: dict[str, str], servers: Servers, tmp_path: Path
) -> None:
    joining.join(coordinator, "510723", urls["510723"].replace("shard_510723", "shard_gone"))
    answer = asking.ask(coordinator, YEAR)
    assert [row[0] for row in answer.rows] == ["321323", "330110"]
    assert list(answer.away) == ["510723"]
    told = ["province", "ask", "--coordinator-url", coordinator_url(servers), "--year", str(YEAR)]
    ran = CliRunner().invoke(main, told)
    assert ran.exit_code == 1
    assert "510723: left out, away" in ran.output
    (tmp_path / "address").write_text(urls["510723"])
    again = [
        "province",
        "join",
        "--coordinator-url",
        coordinator_url(servers),
        "510723",
        str(tmp_path / "address"),
    ]
    assert CliRunner().invoke(main, again).exit_code == 0
    ran = CliRunner().invoke(main, told)
    assert ran.exit_code == 0, ran.output
    assert ran.output.count(" 200.50  400.00  synthetic") == 3


def test_a_county_that_speaks_for_another_is_left_out(
    coordinator: psycopg.Connection, urls: dict[str, str]
) -> None:
    joining.join(coordinator, "330110", urls["321323"])
    answer = asking.ask(coordinator, YEAR)
    assert answer.false == ["330110"]
    assert [row[0] for row in answer.rows] == ["321323", "510723"]
    joining.join(coordinator, "330110", urls["330110"])


def test_a_code_that_is_none_is_refused(coordinator: psycopg.Connection) -> None:
    with pytest.raises(StackError, match="digits"):
        joining.join(coordinator, "x'; DROP TABLE y", "postgresql://x")
