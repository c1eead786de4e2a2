"""Every route, asked by every role about everything: nobody hears a canary that is not his.

In the suite a part of it, chosen by a seed; `make scope` asks everything (SANJI_SCOPE=whole).
"""

import os
import zlib
from contextlib import suppress

import pytest
from redis import Redis

from shared.kit.guard import classification
from tests.scope.canaries import heard
from tests.scope.crawl import Crawl
from tests.scope.tree import A2, A3, B2
from tests.scope.who import ACTORS

WHOLE = os.environ.get("SANJI_SCOPE") == "whole"
TIERS = ("branch", "township", "county")
# In the short form these ask; the rest as well in `make scope`.
SOME = {
    "branch": ("branch_secretary", "member", "general_secretary", "nobody"),
    "township": ("township_organiser", "township_secretary", "nobody"),
    "county": ("county_organiser", "system_administrator", "auditor", "nobody"),
}

# Files that must have been opened: workbooks, PDFs, zips.
EXPORTS = {
    "branch": {
        "outcomes.export",
        "outcomes.notice",
        "outcomes.notices_zip",
        "outcomes.notices_pdf",
        "results.excel",
    },
    "township": {"outcomes.export", "statements.export", "results.county_export", "verification.export"},
    "county": {"outcomes.export", "overview.export_members", "grades.export", "outcomes.notices_zip"},
}


def crawled(canaries, tier):
    """A tier asked everything, or in the suite a part of it."""
    crawl = Crawl(canaries, tier, share=1.0 if WHOLE else 0.15)
    everybody = ACTORS[tier]
    if not WHOLE:
        everybody = [one for one in everybody if one.role in SOME[tier] and one.unit not in (A2, A3, B2)]
    for actor in everybody:
        crawl.follow(actor, 8 if WHOLE else 1)
    asking = everybody if WHOLE else list({one.role: one for one in reversed(everybody)}.values())
    for actor in asking:
        for step in (crawl.cross, crawl.send, crawl.fuzz, crawl.blind):
            step(actor, 3 if WHOLE else 1)
    return crawl


@pytest.mark.parametrize("tier", TIERS)
def test_nobody_hears_a_canary_that_is_not_his_and_foreign_is_told_like_absent(canaries, tier):
    crawl = crawled(canaries, tier)
    found = crawl.leaks + crawl.told_apart + crawl.faults
    print(tier, sum(crawl.asked.values()), "questions", len(crawl.asked), "endpoints")
    assert not found, "\n".join(found)
    # A crawl that hears nothing, or opens no export, has asked nothing.
    assert set(crawl.heard) >= set("naitp")
    assert set(crawl.found) >= EXPORTS[tier]
    if WHOLE:
        assert crawl.silent() <= {"login.sign_in"}


@pytest.mark.parametrize("tier", TIERS)
def test_every_route_is_classified(canaries, tier):
    """Unguarded route (TRUST.md): what says nothing about who may use it fails here."""
    views = canaries.app(tier).view_functions
    assert [one for one, view in views.items() if one != "static" and classification(view) is None] == []


@pytest.mark.parametrize("tier", TIERS)
def test_what_jobs_leave_in_redis_names_nobody(canaries, tier):
    """Job results and arguments: a ring carries the name of what is to be looked at, nothing else."""
    runtime = getattr(canaries.tiers, tier)
    runtime.doorbell.ring("own")
    server = Redis.from_url(canaries.settings[tier].redis_url)
    left = []
    for key in server.scan_iter():
        kind = server.type(key)
        read = {b"hash": server.hgetall, b"string": server.get}.get(kind, server.dump)
        found = read(key)
        left += [key, *(found.values() if isinstance(found, dict) else [found])]
    server.close()
    assert left
    texts = [_unpacked(one) for one in left]
    assert [text for text in texts if heard(text)] == []


def _unpacked(data):
    with suppress(zlib.error):
        data = zlib.decompress(data)
    return data.decode("utf-8", "replace")
