"""Settings of one tier's processes, read from the environment (the stack writes it; see deploy/)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from shared.kit.clock import Clock, shifted_clock, system_clock


class SettingsError(Exception):
    """A setting is missing or unusable; the text says which and what to do."""


@dataclass(frozen=True)
class Settings:
    """What a web server, worker or timer of one tier needs to run."""

    tier: str
    database_url: str
    ingest_database_url: str
    owner_database_url: str
    redis_url: str
    secret_key: str
    queue_key: str
    node_key_file: Path
    public_url: str
    parent_url: str | None
    clock: Clock
    secure_cookies: bool
    keep: timedelta = timedelta(days=400)
    """How long receipts are kept as evidence; what recovery stands on is kept for ever."""

    @classmethod
    def from_env(cls, tier: str, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read SANJI_<TIER>_…; raises SettingsError naming the first missing variable."""

        def need(name: str) -> str:
            key = f"SANJI_{tier.upper()}_{name}"
            if not env.get(key):
                raise SettingsError(f"set {key} (see deploy/README.md, or start with `sanji up`)")
            return env[key]

        return cls(
            tier=tier,
            database_url=need("DATABASE_URL"),
            ingest_database_url=need("INGEST_DATABASE_URL"),
            owner_database_url=need("OWNER_DATABASE_URL"),
            redis_url=need("REDIS_URL"),
            secret_key=need("SECRET_KEY"),
            queue_key=need("QUEUE_KEY"),
            node_key_file=Path(need("NODE_KEY_FILE")),
            public_url=need("PUBLIC_URL"),
            parent_url=env.get(f"SANJI_{tier.upper()}_PARENT_URL") or None,
            clock=_clock(env),
            secure_cookies=env.get("SANJI_SECURE_COOKIES", "") == "1",
            keep=_keep(env),
        )


def _keep(env: Mapping[str, str]) -> timedelta:
    days = env.get("SANJI_KEEP_DAYS", "") or "400"
    if not days.isdecimal() or not 0 < int(days) < 100_000:
        raise SettingsError(f"SANJI_KEEP_DAYS is a number of days, not {days!r}")
    return timedelta(days=int(days))


def _clock(env: Mapping[str, str]) -> Clock:
    seconds = env.get("SANJI_CLOCK_OFFSET")
    return shifted_clock(timedelta(seconds=int(seconds))) if seconds else system_clock
