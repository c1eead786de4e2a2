"""How long answers take: by rule and class of status, never by path, which would carry ids."""

from time import perf_counter
from typing import Any

from flask import Flask, Response, g, request, request_finished, request_started
from prometheus_client import CollectorRegistry, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NONE = "none"
"""The rule of an address that is nobody's."""


def rule_of_request() -> str:
    """The rule this request matched, as it is written in the code."""
    return request.url_rule.rule if request.url_rule else NONE


def time_requests(app: Flask, registry: CollectorRegistry) -> None:
    """Time every request of `app` from its first to its last function."""
    seconds = Histogram(
        "sanji_http_request_seconds",
        "Time to answer",
        ["rule", "status"],
        buckets=BUCKETS,
        registry=registry,
    )

    def begin(_app: Flask, **_given: Any) -> None:
        g.began = perf_counter()

    def end(_app: Flask, response: Response, **_given: Any) -> None:
        began = g.pop("began", None)
        if began is not None:
            status = f"{response.status_code // 100}xx"
            seconds.labels(rule_of_request(), status).observe(perf_counter() - began)

    request_started.connect(begin, app, weak=False)
    request_finished.connect(end, app, weak=False)
