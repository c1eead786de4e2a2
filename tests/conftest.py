"""What every test room shares: real servers (tests/servers.py), a small county, whether Chromium is there."""

pytest_plugins = ["tests.servers", "tests.county", "tests.browser.presence"]
