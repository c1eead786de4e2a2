"""What every test room shares: real servers (tests/servers.py), a small county (tests/county.py)."""

pytest_plugins = ["tests.servers", "tests.county"]
