"""What every test room shares: real servers (tests/servers.py)."""

pytest_plugins = ["tests.servers"]
