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
    keep_notices: timedelta = timedelta(days=7)
    """How long a batch of notices is kept to be downloaded."""
    fonts: Path | None = None
    """A folder with the house's own fonts for notices; what it lacks the shipped ones print."""

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
            keep=_days(env, "SANJI_KEEP_DAYS", 400),
            keep_notices=_days(env, "SANJI_KEEP_NOTICES_DAYS", 7),
            fonts=fonts_folder(env),
        )


def _days(env: Mapping[str, str], name: str, usual: int) -> timedelta:
    days = env.get(name, "") or str(usual)
    if not days.isdecimal() or not 0 < int(days) < 100_000:
        raise SettingsError(f"{name} is a number of days, not {days!r}")
    return timedelta(days=int(days))


def fonts_folder(env: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of SANJI_FONTS, None where it is not set. Raises SettingsError for no folder."""
    if not env.get("SANJI_FONTS"):
        return None
    folder = Path(env["SANJI_FONTS"])
    if not folder.is_dir():
        raise SettingsError(f"SANJI_FONTS is a folder with font files, not {str(folder)!r}")
    return folder


def _clock(env: Mapping[str, str]) -> Clock:
    seconds = env.get("SANJI_CLOCK_OFFSET")
    return shifted_clock(timedelta(seconds=int(seconds))) if seconds else system_clock
