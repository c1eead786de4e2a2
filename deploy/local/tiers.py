"""The three tiers as the stack sees them: names, ports, addresses, who is whose parent."""

import ipaddress
from dataclasses import dataclass

TIERS = ("county", "township", "branch")
ROLES = ("app", "ingest", "owner")
PARENTS = {"township": "county", "branch": "township"}
FIRST_PORT = 7001
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 — looked up, not bound


@dataclass(frozen=True)
class Addresses:
    """Where the three web servers listen: `host` and three ports from `first_port` on, county first."""

    host: str = "127.0.0.1"
    first_port: int = FIRST_PORT

    def port(self, tier: str) -> int:
        """The TCP port of a tier."""
        return self.first_port + TIERS.index(tier)

    def bind(self, tier: str) -> str:
        """`host:port`, as a web server takes it."""
        return f"{_bracketed(self.host)}:{self.port(tier)}"

    def url(self, tier: str) -> str:
        """Where people and child tiers on this machine reach a tier."""
        return f"http://{_bracketed(_EVERYWHERE.get(self.host, self.host))}:{self.port(tier)}"

    def parent_url(self, tier: str) -> str | None:
        """The address of the tier above, None for the county."""
        parent = PARENTS.get(tier)
        return self.url(parent) if parent else None


def _bracketed(host: str) -> str:
    try:
        return f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        return host
