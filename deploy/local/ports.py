"""Are the ports free? Asked before anything is started."""

import errno
import socket

from deploy.local.errors import StackError
from deploy.local.tiers import TIERS, Addresses


def require_free(addresses: Addresses) -> None:
    """Raise StackError naming the first port the web servers cannot have, and --port."""
    if not 1 <= addresses.first_port <= 65535 - len(TIERS) + 1:
        raise StackError(f"--port {addresses.first_port} is out of range (1 to {65535 - len(TIERS) + 1})")
    for tier in TIERS:
        _try(addresses.host, addresses.port(tier))


def _try(host: str, port: int) -> None:
    try:
        kind, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(kind, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web server will ask
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StackError(
                f"port {port} on {host} is in use; free it, or choose others with --port"
                " (make demo PORT=7101)"
            ) from None
        raise StackError(
            f"cannot listen on {host} port {port} ({error.strerror}); see --host and --port"
        ) from None
