"""What production writes down names requests, accounts and places in the code, and no person."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
import structlog
from flask import Flask, request
from sqlalchemy import text

from shared.kit import logs
from shared.kit.guard import public
from shared.kit.jobs import Doorbell
from shared.kit.settings import Settings, SettingsError
from shared.kit.web import db
from tests.county import County

NAME, PHONE, IDENTITY = "欧阳某某", "13912345678", "32132319900101123X"
CODE = "321323001201"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What JSON logging writes; the logging of before comes back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(json=True, stream=stream)
    yield stream
    root.handlers, root.level = before, level
    logging.getLogger("sanji").setLevel(logging.NOTSET)
    structlog.reset_defaults()


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def clean(written: io.StringIO) -> None:
    said = written.getvalue()
    assert said.isascii()
    for secret in (NAME, PHONE, IDENTITY, "%E6%AC%A7", "\\u6b27"):
        assert secret not in said, said


@pytest.fixture(scope="module")
def app(county: County) -> Flask:
    """A branch's portal as in production, with three pages that fail in the ways pages fail."""
    settings = replace(county.settings["branch"], json_logs=True)
    made: Flask = import_module("services.branch.app").create_app(settings)
    made.config.update(WTF_CSRF_ENABLED=False)

    @made.post("/fails/<kind>")
    @public("a page of this test")
    def fails(kind: str) -> str:
        given = request.form["name"]
        if kind == "key":
            return {}[given]
        if kind == "database":
            make = text("CREATE TEMPORARY TABLE who (name text PRIMARY KEY) ON COMMIT DROP")
            db().execute(make)
            insert = text("INSERT INTO who VALUES (:name)")
            db().execute(insert, {"name": given})
            db().execute(insert, {"name": given})
        raise RuntimeError(f"this is {given}") from ValueError(given)

    return made


def test_a_request_that_goes_well_is_one_line_without_what_was_asked_or_posted(
    county: County, app: Flask, written: io.StringIO
) -> None:
    client = app.test_client()
    form = {"login": CODE, "password": county.passwords["branch_secretary"]}
    assert client.post("/login", data=form).status_code == 302
    client.get("/roster/", query_string={"q": NAME, "phone": PHONE})
    client.post("/login", data={"login": NAME, "password": PHONE})
    client.get(f"/nobody/{NAME}")
    clean(written)
    said = lines(written)
    assert (said[0]["event"], said[0]["method"], said[0]["status"]) == ("request", "POST", 302)
    assert said[0]["rule"] == "/login"
    assert len(said[1]["account"]) == 36
    assert len({one["request"] for one in said}) == 4
    assert said[-1]["rule"] == "none"
    assert CODE not in written.getvalue()
    assert form["password"] not in written.getvalue()


@pytest.mark.parametrize(
    ("kind", "error"),
    [("key", "KeyError"), ("cause", "RuntimeError"), ("database", "IntegrityError")],
)
@pytest.mark.parametrize("name", [NAME, PHONE, IDENTITY, "Smith, John"])
def test_a_request_that_fails_says_where_and_not_on_whom(
    app: Flask, written: io.StringIO, kind: str, error: str, name: str
) -> None:
    answer = app.test_client().post(f"/fails/{kind}?of={name}", data={"name": name})
    assert answer.status_code == 500
    clean(written)
    assert "Smith" not in written.getvalue()
    failed, asked = lines(written)
    assert failed["request"] == asked["request"]
    assert failed["rule"] == asked["rule"] == "/fails/<kind>"
    assert failed["errors"][0]["kind"].endswith(error)
    assert failed["errors"][0]["at"]
    if kind == "database":
        assert failed["errors"][0]["sqlstate"] == "23505"
        assert failed["errors"][0]["constraint_name"] == "who_pkey"


def test_a_job_that_fails_says_where_and_not_on_whom(county: County, written: io.StringIO) -> None:
    def fails() -> None:
        raise ValueError(f"{NAME} {PHONE} Smith")

    settings = county.settings["branch"]
    doorbell = Doorbell.connect("branch", settings.redis_url, settings.queue_key, {"fails": fails})
    doorbell.redis.flushdb()
    doorbell.ring("fails")
    doorbell.worker().work(burst=True, logging_level="WARNING")
    doorbell.redis.flushdb()
    doorbell.redis.close()
    clean(written)
    assert "Smith" not in written.getvalue()
    failed = next(one for one in lines(written) if one["event"] == "job failed")
    assert failed["job"] == "fails"
    assert failed["errors"][0]["kind"] == "builtins.ValueError"
    assert any("test_logs.py" in place for place in failed["errors"][0]["at"])


def test_what_a_library_says_loses_queries_names_and_further_lines(written: io.StringIO) -> None:
    logging.getLogger("some.library").warning("GET /x?name=%s\nand %s", "Smith", NAME)
    logging.getLogger("some.library").warning("of %s, %s, /a/%%E6%%AC%%A7", NAME, IDENTITY)
    structlog.get_logger("ours").warning("put off", reason=f"{NAME} is away", units=[NAME], count=3)
    clean(written)
    first, second, third = lines(written)
    assert first["event"] == "GET /x?*"
    assert second["event"] == "of *, *, /a/*"
    assert (third["reason"], third["units"], third["count"]) == ("* is away", ["*"], 3)
    assert third["level"] == "warning"


def test_a_setting_that_is_missing_is_named(written: io.StringIO) -> None:
    try:
        Settings.from_env("county", {})
    except SettingsError:
        structlog.get_logger("ours").exception("does not start")
    assert "set SANJI_COUNTY_" in lines(written)[0]["errors"][0]["said"]


def test_the_server_writes_json_from_its_first_line_when_told_so() -> None:
    code = (
        "from gunicorn.config import Config; from shared.operating.server import ServerLog;"
        "ServerLog(Config()).info('Booting %s', '欧阳')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], env={"SANJI_LOG": "json"}, capture_output=True, text=True, check=True
    )
    assert [json.loads(line)["event"] for line in ran.stderr.splitlines()] == ["Booting *"]


@pytest.mark.parametrize("typed", [PHONE, "86" + PHONE, "+86 " + PHONE, IDENTITY, "321323990101123"])
def test_a_number_of_a_person_is_starred_however_it_is_written(written: io.StringIO, typed: str) -> None:
    logging.getLogger("sanji.tried").error("call %s now", typed)
    said = written.getvalue()
    assert "now" in said
    assert typed[-8:] not in said
