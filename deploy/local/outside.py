"""Servers that are already there: SANJI_DATABASE_URL and SANJI_REDIS_URL instead of the embedded ones."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
import redis
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from deploy.local import databases, redis_server
from deploy.local.databases import DatabaseUrls
from deploy.local.errors import StackError
from deploy.local.tiers import TIERS


def admin_url(setting: str) -> str:
    """The administrator's SQLAlchemy address in SANJI_DATABASE_URL; StackError when it is none."""
    try:
        url = make_url(setting.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError):
        raise StackError("SANJI_DATABASE_URL is not an address like postgresql://admin:…@host/db") from None
    if url.get_backend_name() != "postgresql":
        raise StackError(f"SANJI_DATABASE_URL names {url.get_backend_name()}; Sanji needs PostgreSQL")
    full = url.set(drivername="postgresql+psycopg", database=url.database or "postgres")
    return full.render_as_string(hide_password=False)


def provision(admin: str, secrets: Mapping[str, Mapping[str, str]]) -> dict[str, DatabaseUrls]:
    """Roles and databases of all tiers, made where missing, each tried; StackError says what is wrong."""
    try:
        made = {tier: databases.provision(admin, tier, secrets[tier], f"sanji_{tier}") for tier in TIERS}
    except psycopg.errors.InsufficientPrivilege as error:
        raise StackError(
            f"the user of SANJI_DATABASE_URL may not set up roles and databases: {_first_line(error)}"
        ) from None
    except psycopg.OperationalError as error:
        raise StackError(f"cannot use the PostgreSQL of SANJI_DATABASE_URL: {_first_line(error)}") from None
    for urls in made.values():
        for url in urls:
            _try_role(url)
    return made


def _try_role(url: str) -> None:
    try:
        databases.connect(url).close()
    except psycopg.OperationalError:
        role = make_url(url).username
        raise StackError(
            f"role {role} of the PostgreSQL of SANJI_DATABASE_URL does not take this data directory's "
            "password: it was made for another one; use that one with --data, or drop the role"
        ) from None


def redis_urls(setting: str) -> dict[str, str]:
    """Each tier's address on the Redis of SANJI_REDIS_URL: database numbers from the one given there."""
    try:
        first = int(redis.ConnectionPool.from_url(setting).connection_kwargs.get("db", 0))
    except ValueError:
        raise StackError("SANJI_REDIS_URL is not an address like redis://:password@host:6379/0") from None
    found = {tier: _with_number(setting, first + index) for index, tier in enumerate(TIERS)}
    for address in found.values():
        _try_redis(address)
    return found


def _with_number(address: str, number: int) -> str:
    url = urlsplit(address)
    # In a socket's address the path is the socket, and the number a parameter; that works for all.
    path = url.path if url.scheme == "unix" else ""
    rest = [(key, value) for key, value in parse_qsl(url.query) if key != "db"]
    return urlunsplit(url._replace(path=path, query=urlencode([*rest, ("db", str(number))])))


def _try_redis(address: str) -> None:
    try:
        with redis.Redis.from_url(address, socket_timeout=5, retry=redis_server.ONCE) as server:
            redis_server.require_version(server.info("server")["redis_version"])
    except (redis.RedisError, ValueError) as error:
        raise StackError(f"cannot use the Redis of SANJI_REDIS_URL: {error}") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
