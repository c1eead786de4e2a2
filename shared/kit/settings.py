"""Settings of one tier's processes, read from the environment (the stack writes it; see deploy/)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from shared.kit.clock import Clock, shifted_clock, system_clock
from shared.kit.timeouts import Timeouts, timeouts_told

SECOND_FACTOR = ("county", "township")
"""Tiers whose staff need a second factor unless it is set otherwise."""


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
    metrics_token: str = ""
    """Who shows it may read `/metrics`; without one, only callers on this machine may."""
    json_logs: bool = False
    """One JSON object a line, without messages of foreign code: for production."""
    pulse_file: Path | None = None
    """Touched by worker and timer while they live, for supervisors that look at a file's age."""
    timeouts: Timeouts = field(default_factory=Timeouts)
    """When a login is over."""
    second_factor: bool = False
    """Whether this tier's staff must sign in with a second factor; who wants one may have it anyway."""
    data_keys: tuple[str, ...] = ()
    """What secrets in the database are sealed with: the first seals, each opens, `secret_key` too."""
    code_clock: Clock | None = None
    """What one-time codes are reckoned by where `clock` runs ahead: phones show the real time."""
    proxies: int = 0
    """How many proxies of ours stand before the web server: whose word on a caller's address is taken."""

    @classmethod
    def from_env(cls, tier: str, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read SANJI_<TIER>_…, or the file that …_FILE names; SettingsError says what is missing.

        Only `migrate` and the backup need the owner's address: a web server is better off without it.
        """

        def told(name: str) -> str:
            return _told(env, f"SANJI_{tier.upper()}_{name}")

        def need(name: str) -> str:
            if not (value := told(name)):
                key = f"SANJI_{tier.upper()}_{name}"
                raise SettingsError(f"set {key} (see deploy/README.md, or start with `sanji up`)")
            return value

        clock = _clock(env)
        demand = _one_of(env, "SANJI_SECOND_FACTOR", ("usual", "required", "optional"))
        return cls(
            tier=tier,
            database_url=need("DATABASE_URL"),
            ingest_database_url=need("INGEST_DATABASE_URL"),
            owner_database_url=told("OWNER_DATABASE_URL"),
            redis_url=need("REDIS_URL"),
            secret_key=need("SECRET_KEY"),
            queue_key=need("QUEUE_KEY"),
            node_key_file=Path(need("NODE_KEY_FILE")),
            public_url=need("PUBLIC_URL"),
            parent_url=told("PARENT_URL") or None,
            clock=clock,
            secure_cookies=env.get("SANJI_SECURE_COOKIES", "") == "1",
            keep=_days(env, "SANJI_KEEP_DAYS", 400),
            keep_notices=_days(env, "SANJI_KEEP_NOTICES_DAYS", 7),
            fonts=fonts_folder(env),
            metrics_token=_told(env, "SANJI_METRICS_TOKEN"),
            json_logs=_one_of(env, "SANJI_LOG", ("text", "json")) == "json",
            pulse_file=Path(env["SANJI_PULSE_FILE"]) if env.get("SANJI_PULSE_FILE") else None,
            timeouts=_timeouts(tier, env),
            second_factor=demand == "required" or (demand == "usual" and tier in SECOND_FACTOR),
            data_keys=tuple(filter(None, told("DATA_KEYS").split(","))),
            code_clock=system_clock,
            proxies=int(_one_of(env, "SANJI_PROXIES", ("0", "1", "2", "3"))),
        )


def _told(env: Mapping[str, str], key: str) -> str:
    """A setting, or the first line of the file that KEY_FILE names (secrets are mounted as files)."""
    if env.get(key) or not env.get(f"{key}_FILE"):
        return env.get(key, "")
    path = Path(env[f"{key}_FILE"])
    try:
        return path.read_text().split("\n", 1)[0].strip()
    except OSError as error:
        raise SettingsError(f"{key}_FILE names {str(path)!r}: {error.strerror}") from error


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """A setting with few values; the first is the usual one."""
    value = env.get(name) or allowed[0]
    if value not in allowed:
        raise SettingsError(f"{name} is one of {', '.join(allowed)}, not {value!r}")
    return value


def _days(env: Mapping[str, str], name: str, usual: int) -> timedelta:
    days = env.get(name, "") or str(usual)
    if not days.isdecimal() or not 0 < int(days) < 100_000:
        raise SettingsError(f"{name} is a number of days, not {days!r}")
    return timedelta(days=int(days))


def _timeouts(tier: str, env: Mapping[str, str]) -> Timeouts:
    """SANJI_IDLE_MINUTES and SANJI_SESSION_HOURS (see shared/kit/timeouts.py)."""
    try:
        return timeouts_told(tier, env.get("SANJI_IDLE_MINUTES", ""), env.get("SANJI_SESSION_HOURS", ""))
    except ValueError as error:
        raise SettingsError(f"SANJI_IDLE_MINUTES, SANJI_SESSION_HOURS: {error}") from error


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
