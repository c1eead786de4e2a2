"""Every job may run twice: RQ repeats jobs, so a second run must find nothing left to do."""

import pytest
from sqlalchemy import text

from shared.kit.scope import EVERYTHING
from shared.sync.runtime import Runtime
from tests.county import County

COUNTS = text(
    "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM inbox), (SELECT count(*) FROM audit_seal),"
    " (SELECT count(*) FROM audit_event), (SELECT sum(seq) FROM stream_head)"
)


def counts(runtime: Runtime) -> tuple[int, ...]:
    with runtime.database.transaction(EVERYTHING) as session:
        return tuple(session.execute(COUNTS).one())


@pytest.mark.parametrize("tier", ["branch", "township", "county"])
def test_every_job_may_run_twice(county: County, tier: str) -> None:
    county.play("verified")
    runtime: Runtime = getattr(county.tiers, tier)
    jobs = runtime._jobs()
    assert {"sweep", "seal_audit"} <= set(jobs)
    for name in sorted(jobs):
        jobs[name]()
        before = counts(runtime)
        jobs[name]()
        assert counts(runtime) == before, name
