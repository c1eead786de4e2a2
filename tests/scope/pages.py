"""What a page leads to: its links, and its forms as a browser would send them."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

_LINK = re.compile(r'\b(?:href|src|hx-get|data-href)="([^"]*)"')
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.S)
_PART = re.compile(r"<(input|button|textarea|select)\b([^>]*)>", re.S)
_OPTION = re.compile(r"<option\b([^>]*)>")
_PAIR = re.compile(r'([a-z-]+)(?:="([^"]*)")?')
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Form:
    """One way to send a form: a button is pressed; of a choice, `choices` names the others."""

    method: str
    path: str
    pairs: Pairs
    written: tuple[str, ...] = ()
    choices: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), compare=False)

    def ids(self) -> set[str]:
        """The ids in its address and fields."""
        return ids(self.path) | {one for _name, value in self.pairs for one in ids(value)}


def ids(text: str) -> set[str]:
    """Every id in a text."""
    return set(_UUID.findall(text))


def links(body: str, here: str) -> list[str]:
    """Addresses of this site that the page leads to, without what only a browser sees."""
    found = (urlsplit(urljoin(here, html.unescape(one))) for one in _LINK.findall(body))
    own = [one for one in found if not one.netloc and one.path.startswith("/")]
    made = (f"{one.path}?{one.query}" if one.query else one.path for one in own)
    return [one for one in dict.fromkeys(made) if not one.startswith("/static/")]


def forms(body: str, here: str) -> list[Form]:
    """The page's forms, one for each button of theirs; fields outside that name a form belong to it."""
    outside = [(kind, _named(pairs)) for kind, pairs in _PART.findall(body) if ' form="' in pairs]
    return [one for match in _FORM.finditer(body) for one in _ways(match, outside, here)]


def _ways(match: "re.Match[str]", outside: list[tuple[str, dict[str, str]]], here: str) -> Iterable[Form]:
    about, inner = _named(match[1]), match[2]
    parts = [(kind, _named(pairs), at) for kind, pairs, at in _parts(inner)]
    parts += [(kind, one, "") for kind, one in outside if one["form"] == about.get("id")]
    pairs: list[tuple[str, str]] = []
    written, choices, radios = [], [], set()
    buttons: list[tuple[str, str, str]] = []
    for kind, one, rest in parts:
        name, value, sort = one.get("name", ""), one.get("value", ""), one.get("type", "text")
        if kind == "button" or sort == "submit":
            buttons.append((one.get("formaction", ""), name, value))
        elif not name or "disabled" in one:
            continue
        elif kind == "select":
            offered = [_named(option) for option in _OPTION.findall(rest)]
            options = [option.get("value", "") for option in offered]
            chosen = [option["value"] for option in offered if "selected" in option and option.get("value")]
            pairs.append((name, next(filter(None, chosen + options), "")))
            choices.append((name, tuple(options)))
        elif sort == "radio":
            if name not in radios:
                radios.add(name)
                pairs.append((name, value))
        elif sort == "checkbox":
            pairs.append((name, value or "on"))
        elif kind == "textarea" or sort in ("text", "search"):
            written.append(name)
            pairs.append((name, value))
        else:
            pairs.append((name, value))
    method = about.get("method", "get").lower()
    for action, name, value in buttons or [("", "", "")]:
        sent = (*pairs, (name, value)) if name else tuple(pairs)
        path = urljoin(here, action or about.get("action", "") or here)
        yield Form(method, path, tuple(sent), tuple(written), tuple(choices))


def _parts(inner: str) -> Iterable[tuple[str, str, str]]:
    for match in _PART.finditer(inner):
        rest = inner[match.end() : inner.find("</select>", match.end())] if match[1] == "select" else ""
        yield match[1], match[2], rest


def _named(pairs: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in _PAIR.findall(pairs)}


def asked(form: Form) -> Iterable[str]:
    """The addresses that a form of questions leads to: as it stands, and each of its choices alone."""
    bare = form.path.split("?")[0]
    yield f"{bare}?{urlencode([(name, value) for name, value in form.pairs if value])}"
    for name, options in form.choices:
        for option in options:
            yield f"{bare}?{urlencode([(name, option)])}"
