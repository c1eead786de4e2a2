"""How Gunicorn serves a tier: `gunicorn --config python:shared.operating.server …app:create_app()`.

One process with threads: what is counted in memory is then whole, and more load is more servers.
"""

import os
from pathlib import Path

from gunicorn.glogging import Logger

from shared.kit.logs import configure

JSON = os.environ.get("SANJI_LOG") == "json"


class ServerLog(Logger):  # type: ignore[misc]
    """Gunicorn's own lines in the form of all others."""

    def setup(self, cfg: object) -> None:
        """Set up before the application is loaded, so that it finds its log ready."""
        super().setup(cfg)
        configure(json=JSON)
        if JSON:
            self.error_log.handlers = []
            self.error_log.propagate = True


bind = os.environ.get("SANJI_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = 1
threads = int(os.environ.get("SANJI_WEB_THREADS", "8"))
graceful_timeout = 25
keepalive = 5
control_socket_disable = True
logger_class = ServerLog
# A file that lives on a disk would stop the server for as long as the disk does.
if Path("/dev/shm").is_dir():  # noqa: S108
    worker_tmp_dir = "/dev/shm"  # noqa: S108
