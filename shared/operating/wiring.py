"""What every tier's web server has for its operator."""

from flask import Flask

from shared.operating.metrics import add_metrics
from shared.operating.probes import add_probes
from shared.operating.request_log import log_requests
from shared.operating.watching import Watch
from shared.sync.runtime import Runtime


def wire_operating(app: Flask, running: Runtime) -> None:
    """Probes and figures; opens no connection before the first question."""
    watch = Watch(running.settings.tier, running.settings.database_url)
    app.extensions["sanji.watch"] = watch
    app.extensions["sanji.readiness"] = add_probes(app, watch)
    add_metrics(app, running, watch)
    if running.settings.json_logs:
        log_requests(app)
