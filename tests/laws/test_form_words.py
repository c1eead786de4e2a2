"""A law over every form: whatever is posted into it, it answers in words, never in the library's English."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel
from marshmallow import Schema, ValidationError, fields

from shared.kit.fields import told

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("services", "shared")
    for path in (ROOT / folder).rglob("*.py")
    if re.search(r"^from marshmallow import .*\b(fields|Schema|validate)\b", path.read_text(), re.MULTILINE)
)
# A browser posts texts and lists of texts, and a field that is not there is not there.
JUNK: list[Any] = [
    *(
        "",
        " ",
        "y",
        "junk",
        "\0",
        "NaN",
        "Infinity",
        "-1",
        "1.5",
        "9" * 400,
        "字" * 5000,
        "2026-13-45",
        "0" * 36,
    ),
    *([], [""], ["junk"], ["junk"] * 600),
]


def forms(module: str) -> list[type[Schema]]:
    """The forms that a module itself declares."""
    return [
        one
        for one in vars(import_module(module)).values()
        if isinstance(one, type) and issubclass(one, Schema) and one.__module__ == module
    ]


def posted(form: Schema) -> Iterator[dict[str, Any]]:
    """Nothing, and each field with each junk beside nothing else."""
    yield {}
    for name, field in form.fields.items():
        lists = isinstance(field, fields.List)
        for junk in JUNK:
            if isinstance(junk, list) == lists:
                yield {name: junk}


def answers(form: type[Schema]) -> Iterator[str]:
    """Everything that is said about any of it."""
    made = form()
    for data in posted(made):
        try:
            made.load(data)
        except ValidationError as error:
            for one in told(error):
                yield one["message"]


@pytest.fixture(scope="module")
def speaking():
    app = Flask(__name__)
    Babel(app, default_locale="zh_Hans_CN")
    with app.test_request_context():
        yield


def test_the_law_sees_forms_of_all_tiers():
    found = {module.split(".")[1] for module in MODULES if forms(module)}
    assert {"branch", "township", "county", "kit", "outcomes"} <= found


@pytest.mark.parametrize("module", MODULES)
def test_no_form_answers_in_the_librarys_english(module: str, speaking: None) -> None:
    english = {
        (form.__name__, message)
        for form in forms(module)
        for message in answers(form)
        if not re.search(r"[\u4e00-\u9fff]", message)
    }
    assert english == set()
