"""One line per request in production: number, rule, status, milliseconds, account. Probes are left out."""

from time import perf_counter
from typing import Any

import structlog
from flask import Flask, Response, g, request, request_finished, request_started

from shared.kit.web import request_number

log = structlog.get_logger("sanji.request")
QUIET = {"health", "ready", "metrics", "static"}


def log_requests(app: Flask) -> None:
    """Write the line when the answer is made."""

    def begin(_app: Flask, **_given: Any) -> None:
        g.asked = perf_counter()

    def end(_app: Flask, response: Response, **_given: Any) -> None:
        if request.endpoint not in QUIET:
            request_number()
            took = round((perf_counter() - g.get("asked", perf_counter())) * 1000)
            log.info("request", method=request.method, status=response.status_code, ms=took)

    request_started.connect(begin, app, weak=False)
    request_finished.connect(end, app, weak=False)
