"""What a tier's processes are told: the environment that shared/kit/settings.py reads."""

from collections.abc import Mapping

from deploy.local.backends import Backends
from deploy.local.data_directory import DataDirectory
from deploy.local.secret_values import load_or_create_node_key
from deploy.local.tiers import TIERS, Addresses

# What the supervisor itself was told; PYTHONPATH would merge a second checkout into `services`.
_NOT_INHERITED = {"PYTHONPATH", "SANJI_DATABASE_URL", "SANJI_REDIS_URL", "SANJI_DATA"}
_OF_A_TIER = tuple(f"SANJI_{tier.upper()}_" for tier in TIERS)


def tier_environment(
    tier: str, data: DataDirectory, backends: Backends, addresses: Addresses
) -> dict[str, str]:
    """SANJI_<TIER>_… of one tier; it knows no other tier's secrets."""
    database, secrets = backends.databases[tier], backends.secrets[tier]
    values = {
        "DATABASE_URL": database.app,
        "INGEST_DATABASE_URL": database.ingest,
        "OWNER_DATABASE_URL": database.owner,
        "REDIS_URL": backends.redis[tier],
        "SECRET_KEY": secrets["secret_key"],
        "QUEUE_KEY": secrets["queue_key"],
        "NODE_KEY_FILE": str(load_or_create_node_key(data.node_key(tier))),
        "PUBLIC_URL": addresses.url(tier),
        "PARENT_URL": addresses.parent_url(tier) or "",
    }
    return {f"SANJI_{tier.upper()}_{name}": value for name, value in values.items() if value}


def inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """What a child takes over from the supervisor's environment: no other tier's settings, no PYTHONPATH."""
    kept = {
        name: value
        for name, value in environ.items()
        if name not in _NOT_INHERITED and not name.startswith(_OF_A_TIER)
    }
    return kept | {"PYTHONUNBUFFERED": "1"}
