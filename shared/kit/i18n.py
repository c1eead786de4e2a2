"""Chinese is the source language of every string; English is a complete catalogue beside it."""

from importlib.resources import files

from flask import Flask, session
from flask_babel import Babel, get_locale

LANGUAGES = ("zh_CN", "en")


def wire_languages(app: Flask) -> None:
    """Chinese until this session chooses otherwise, whatever the browser was set to."""
    app.config.update(
        BABEL_DEFAULT_LOCALE="zh_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BABEL_TRANSLATION_DIRECTORIES=str(files("shared.kit") / "i18n"),
    )
    Babel(app, locale_selector=_choose)


def _choose() -> str:
    chosen = session.get("language")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def in_english() -> bool:
    """Whether the reader has chosen English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def named(item: object) -> str:
    """The name of a rulebook's thing (`name`, `name_en`) in the reader's language."""
    english = getattr(item, "name_en", None)
    return str(english if english and in_english() else getattr(item, "name", item))


def N_(message: str) -> str:
    """Marks a msgid that is translated where it is shown, not where it is written."""
    return message
