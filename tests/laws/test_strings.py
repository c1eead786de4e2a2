"""No string untranslated: Chinese is the source, English complete (UX.md, Language)."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "shared/kit/i18n/en/LC_MESSAGES/messages.po"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# The language switch is written in both languages at once.
BOTH = {"语言", "中文"}


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory):
    """Every msgid of the code, as `make messages` finds them."""
    script = (ROOT / "deploy/env/messages.sh").read_text()
    keywords = re.findall(r"-k (\S+)", script)
    pot = tmp_path_factory.mktemp("pot") / "messages.pot"
    command = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        "--quiet",
        "extract",
        "-F",
        "deploy/env/babel.cfg",
    ]
    for keyword in keywords:
        command += ["-k", keyword]
    subprocess.run([*command, "-o", str(pot), "shared", "services", "deploy"], cwd=ROOT, check=True)
    with pot.open("rb") as file:
        return read_po(file)


def test_every_string_has_its_english(extracted) -> None:
    with CATALOGUE.open("rb") as file:
        english = read_po(file, locale="en")
    missing = []
    for message in extracted:
        if not message.id:
            continue
        found = english.get(message.id)
        texts = (
            found.string if found and isinstance(found.string, tuple) else (found.string if found else "",)
        )
        if not all(texts) or found.fuzzy:
            missing.append(message.id)
    assert missing == []


def test_every_translation_keeps_its_places(extracted) -> None:
    places = re.compile(r"%\((\w+)\)")
    with CATALOGUE.open("rb") as file:
        for message in read_po(file, locale="en"):
            if (
                message.id
                and isinstance(message.id, str)
                and isinstance(message.string, str)
                and message.string
            ):
                assert set(places.findall(message.string)) <= set(places.findall(message.id)), message.id


def test_english_has_its_own_punctuation() -> None:
    """Fonts for Chinese draw the curly marks as wide as a character: “village’s” falls apart."""
    with CATALOGUE.open("rb") as file:
        texts = [str(one.string) for one in read_po(file, locale="en") if one.id]
    assert [text for text in texts if re.search("[‘’“”，。：；（）]", text)] == []


def test_templates_say_nothing_in_chinese_outside_gettext() -> None:
    said = {}
    for path in ROOT.glob("s*/**/templates/**/*.html"):
        bare = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", "", path.read_text(), flags=re.DOTALL)
        found = [
            line.strip() for line in bare.splitlines() if CHINESE.search(re.sub("|".join(BOTH), "", line))
        ]
        if found:
            said[str(path.relative_to(ROOT))] = found
    assert said == {}
