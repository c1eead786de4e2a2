"""Figures for Prometheus: what they count, who may read them, and what they never carry."""

import re
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, select, text
from sqlalchemy.pool import NullPool

from shared.kit.accounts import Account
from shared.kit.jobs import Doorbell
from shared.kit.scope import EVERYTHING
from shared.kit.units import Unit
from shared.operating import metrics
from shared.sync.pulling import pull
from shared.sync.pushing import push
from tests.county import County

TIERS = ("county", "township", "branch")
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(autouse=True)
def _figures_are_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "KEEP", 0.0)


def page(county: County, tier: str) -> str:
    answer = county.app(tier).test_client().get("/metrics")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def figures(county: County, tier: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page(county, tier))
        for sample in family.samples
    }


def figure(county: County, tier: str, name: str, **labels: str) -> float | None:
    return figures(county, tier).get((name, tuple(sorted(labels.items()))))


def owner(county: County, tier: str, statement: str) -> None:
    engine = create_engine(county.settings[tier].owner_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.all', 'on', true)"))
        connection.execute(text(statement))


def test_every_figure_of_every_tier_can_be_read(county: County) -> None:
    county.play("verified")
    for tier in TIERS:
        read = {k: v for k, v in figures(county, tier).items() if k[0] == "sanji_figure_up"}
        assert len(read) == 11
        assert set(read.values()) == {1.0}
        assert figure(county, tier, "sanji_database_up") == 1.0
        assert figure(county, tier, "sanji_schema", state="current") == 1.0


def test_when_all_is_said_and_heard_nothing_waits(county: County) -> None:
    for tier in TIERS:
        for way in ("up", "down"):
            if (tier, way) in (("county", "up"), ("branch", "down")):
                continue
            assert figure(county, tier, "sanji_outbox_waiting_envelopes", way=way) == 0.0, (tier, way)
            assert figure(county, tier, "sanji_outbox_oldest_seconds", way=way) == 0.0
        assert figure(county, tier, "sanji_heads_differ_streams") == 0.0
        assert not [key for key in figures(county, tier) if key[0].startswith("sanji_stream_")]


def test_what_waits_is_counted_with_its_age_and_its_streams_are_named(county: County) -> None:
    branch = county.tiers.branch
    row = (
        "INSERT INTO outbox (stream, kind, version, unit_id, payload, created_at)"
        " SELECT 'up:' || id, 'x.y', 1, id, 'x', '{at}' FROM unit WHERE code = '321323001201'"
    )
    at = county.now - timedelta(seconds=90)
    owner(county, "branch", row.format(at=at.isoformat()))
    assert figure(county, "branch", "sanji_outbox_waiting_envelopes", way="up") == 1.0
    assert figure(county, "branch", "sanji_outbox_oldest_seconds", way="up") == 90.0
    assert figure(county, "branch", "sanji_outbox_lagging_streams", way="up") == 1.0
    named = [key for key in figures(county, "branch") if key[0] == "sanji_stream_oldest_seconds"]
    unit = county.unit("branch", "321323001201").id
    assert [dict(labels) for _, labels in named] == [
        {"way": "up", "stream": f"up:{unit}", "unit": "321323001201"}
    ]
    push(branch.node)  # sealed, sent, acknowledged; held above, where nobody knows its kind
    assert figure(county, "branch", "sanji_outbox_waiting_envelopes", way="up") == 0.0
    assert figure(county, "township", "sanji_inbox_held_envelopes") == 1.0
    assert figure(county, "branch", "sanji_inbox_held_envelopes") == 0.0


def test_downwards_what_the_child_has_not_read_waits(county: County) -> None:
    row = (
        "INSERT INTO outbox (stream, kind, version, unit_id, payload, created_at)"
        " SELECT 'down:' || id || ':*', 'x.y', 1, id, 'x', '{at}' FROM unit WHERE level = 'county'"
    )
    owner(county, "county", row.format(at=(county.now - timedelta(seconds=30)).isoformat()))
    assert figure(county, "county", "sanji_outbox_waiting_envelopes", way="down") == 1.0
    assert figure(county, "county", "sanji_outbox_oldest_seconds", way="down") == 30.0
    pull(county.tiers.township.node)  # sealed and handed over, but the child has not said yet that it has it
    assert figure(county, "county", "sanji_outbox_waiting_envelopes", way="down") == 1.0
    county.settle()
    pull(county.tiers.township.node)
    assert figure(county, "county", "sanji_outbox_waiting_envelopes", way="down") == 0.0


def test_what_was_set_aside_and_streams_that_differ_are_counted(county: County) -> None:
    owner(
        county,
        "township",
        "INSERT INTO quarantine (stream, seq, unit_id, reason, detail, at)"
        f" SELECT 'up:' || id, 99, id, 'r', '', '{(county.now - timedelta(hours=2)).isoformat()}'"
        " FROM unit WHERE code = '321323001201'",
    )
    assert figure(county, "township", "sanji_quarantined_envelopes") == 1.0
    assert figure(county, "township", "sanji_quarantine_oldest_seconds") == 7200.0
    owner(county, "township", "UPDATE quarantine SET released_at = now()")
    assert figure(county, "township", "sanji_quarantined_envelopes") == 0.0
    change = (
        "UPDATE stream_head SET state = '{}'"
        " WHERE stream = (SELECT min(stream) FROM stream_head WHERE side = 'out')"
    )
    owner(county, "branch", change.format("forked"))
    assert figure(county, "branch", "sanji_heads_differ_streams") == 1.0
    owner(county, "branch", change.format("open"))


def test_the_audit_chain_shows_its_head_and_what_is_not_sealed(county: County) -> None:
    county.tiers.county._seal_audit()
    head = figure(county, "county", "sanji_audit_head")
    assert head
    assert figure(county, "county", "sanji_audit_unsealed_events") == 0.0
    owner(
        county,
        "county",
        "INSERT INTO audit_event (at, unit_id, action, subject, detail) SELECT"
        f" '{(county.now - timedelta(seconds=45)).isoformat()}', id, 'x', '', '{{}}' FROM unit"
        " WHERE level = 'county'",
    )
    assert figure(county, "county", "sanji_audit_unsealed_events") == 1.0
    assert figure(county, "county", "sanji_audit_unsealed_oldest_seconds") == 45.0
    county.tiers.county._seal_audit()
    assert figure(county, "county", "sanji_audit_head") == head + 1
    assert figure(county, "county", "sanji_audit_breaks") == 0.0


def test_queue_worker_timer_and_jobs_show_their_pulse(county: County) -> None:
    def fails() -> None:
        raise ValueError("badly")

    settings = county.settings["branch"]
    jobs = {"well": lambda: None, "badly": fails}
    doorbell = Doorbell.connect("branch", settings.redis_url, settings.queue_key, jobs)
    doorbell.redis.flushdb()
    assert figure(county, "branch", "sanji_pulse_age_seconds", process="worker") is None
    doorbell.ring("well")
    doorbell.ring("badly")
    assert figure(county, "branch", "sanji_queue_jobs", queue="branch", state="queued") == 2.0
    doorbell.worker().work(burst=True, logging_level="CRITICAL")
    doorbell.note("timers")
    seen = figures(county, "branch")
    assert seen["sanji_queue_jobs", (("queue", "branch"), ("state", "queued"))] == 0.0
    assert seen["sanji_queue_jobs", (("queue", "branch"), ("state", "failed"))] == 1.0
    assert seen["sanji_job_failures_total", (("name", "badly"),)] == 1.0
    assert 0 <= seen["sanji_job_age_seconds", (("name", "well"),)] < 60
    for process in ("worker", "timers"):
        assert 0 <= seen["sanji_pulse_age_seconds", (("process", process),)] < 60
    doorbell.redis.flushdb()
    doorbell.redis.close()


def test_a_redis_that_is_away_is_a_figure_and_hides_no_other(county: County, monkeypatch) -> None:
    monkeypatch.setattr("shared.operating.pulses.look", lambda _redis, _tier: None)
    seen = figures(county, "branch")
    assert seen["sanji_redis_up", ()] == 0.0
    assert ("sanji_inbox_held_envelopes", ()) in seen


def test_requests_are_timed_by_rule_and_class_never_by_path(county: County) -> None:
    client = county.client("branch", "321323001202")
    client.get("/")
    client.get("/returns/00000000-0000-0000-0000-00000000cafe")
    client.get("/no/such/page/李某")
    seen = page(county, "branch")
    assert 'sanji_http_request_seconds_count{rule="/login",status="3xx"}' in seen
    assert 'rule="none",status="4xx"' in seen
    assert "cafe" not in seen
    assert "李" not in seen


def test_no_name_of_anybody_or_of_any_unit_is_in_the_figures(county: County) -> None:
    for tier in TIERS:
        with getattr(county.tiers, tier).database.transaction(EVERYTHING) as session:
            names = {*session.scalars(select(Unit.name)), *session.scalars(select(Account.name))}
        seen = page(county, tier)
        assert not [name for name in names if name and name in seen]
        assert not re.search(r"[\u4e00-\u9fff]", seen)


@pytest.mark.parametrize("header", metrics.PASSED_ON)
def test_who_comes_through_a_proxy_or_from_elsewhere_finds_no_such_page(county: County, header: str) -> None:
    client = county.app("county").test_client()
    assert client.get("/metrics", headers={header: "203.0.113.9"}).status_code == 404
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.7"}).status_code == 404
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200


def test_with_a_token_set_only_the_token_opens_from_anywhere(county: County) -> None:
    class Asked:
        remote_addr = "127.0.0.1"

        def __init__(self, **headers: str) -> None:
            self.headers = headers

    assert not metrics.may_read(Asked(), "secret")
    assert not metrics.may_read(Asked(Authorization="Bearer other"), "secret")
    assert not metrics.may_read(Asked(Authorization="Basic secret"), "secret")
    assert metrics.may_read(Asked(Authorization="Bearer secret", Via="1.1 proxy"), "secret")
