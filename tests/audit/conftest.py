"""The world of sync's tests, looked at as its databases' superuser."""

from tests.sync.conftest import one_world, world

__all__ = ["one_world", "world"]
