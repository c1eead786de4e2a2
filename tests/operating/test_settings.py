"""Settings come from the environment, or from files that it names."""

import pytest

from shared.kit.migrations import migrate
from shared.kit.settings import Settings, SettingsError

NAMES = (
    "DATABASE_URL",
    "INGEST_DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "QUEUE_KEY",
    "NODE_KEY_FILE",
    "PUBLIC_URL",
)
ENV = {f"SANJI_COUNTY_{name}": name.lower() for name in NAMES}


def test_a_secret_may_be_in_a_file(tmp_path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    env = {**ENV, "SANJI_COUNTY_SECRET_KEY_FILE": str(tmp_path / "key")}
    assert Settings.from_env("county", env).secret_key == "secret_key"
    del env["SANJI_COUNTY_SECRET_KEY"]
    assert Settings.from_env("county", env).secret_key == "from a file"
    env["SANJI_COUNTY_SECRET_KEY_FILE"] = str(tmp_path / "absent")
    with pytest.raises(SettingsError, match="SECRET_KEY_FILE"):
        Settings.from_env("county", env)


def test_only_who_migrates_needs_the_owners_address() -> None:
    assert Settings.from_env("county", ENV).owner_database_url == ""
    with pytest.raises(SettingsError, match="SANJI_COUNTY_OWNER_DATABASE_URL"):
        migrate("", "county", [])


def test_how_to_log_is_one_of_two_words() -> None:
    assert Settings.from_env("county", {**ENV, "SANJI_LOG": "json"}).json_logs
    assert not Settings.from_env("county", ENV).json_logs
    with pytest.raises(SettingsError, match="SANJI_LOG"):
        Settings.from_env("county", {**ENV, "SANJI_LOG": "xml"})
