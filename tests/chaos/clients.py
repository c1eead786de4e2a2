"""People with browsers: they file, approve and publish over HTTP, and remember what they were told."""

from __future__ import annotations

import http.client
import http.cookiejar
import random
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

from shared.kit.clock import civil, system_clock
from tests.chaos.county import County
from tests.chaos.records import WORD, Operation, Operations

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
MEMBER = re.compile(r'<option value="([0-9a-f-]{36})"')
WAITING = re.compile(r'name="selected" value="([0-9a-f-]{36}:\d+)".*?class="muted">([^<]*)<', re.S)
DEED = re.compile(r'action="(/role-models/[0-9a-f-]{36}/publish)".*?class="vh">([^<]*)<', re.S)
PATIENCE = 25.0
"""Seconds a client waits for an answer."""
PAUSE = 0.3
"""Seconds between what one does and the next; they share two processors with everything they use."""
AT_ONCE = 8
"""Entries that a township approves together, all or none."""
Form = Mapping[str, str | list[str]]


class SignedOut(Exception):
    """The server does not know this browser."""


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        """A redirect is an answer, and is looked at."""


class Visitor:
    """A browser: signs in by itself, and does one thing at a time."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self.url, self.login, self.password = url, login, password
        self.inside = self.posting = False
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
            urllib.request.ProxyHandler({}),
            _Stay(),
        )

    def get(self, path: str) -> str:
        """A page. OSError where nobody answers, SignedOut."""
        status, where, page = self._ask(path, None)
        if status in (302, 303) and "/login" in where:
            self.inside = False
            raise SignedOut
        if status != 200:
            raise OSError(f"{path} answers {status}")
        return page

    def sign_in(self) -> None:
        """Sign in where that is needed."""
        if self.inside:
            return
        token = _token(self.get("/login"))
        given = {"login": self.login, "password": self.password, "csrf_token": token}
        status, _where, _page = self._ask("/login", given)
        self.inside = status in (302, 303)
        if not self.inside:
            raise OSError(f"{self.login} is not let in: {status}")

    def post(self, path: str, page: str, given: Form) -> str:
        """Post a form with the token of `page`: ok, failed or unknown."""
        try:
            status, where, _page = self._ask(path, {**given, "csrf_token": _token(page)})
        except urllib.error.URLError as error:
            return "failed" if isinstance(error.reason, ConnectionRefusedError) else "unknown"
        except (OSError, http.client.HTTPException):
            return "unknown"
        if status in (302, 303):
            return "failed" if "/login" in where else "ok"
        return "unknown" if status >= 500 else "failed"

    def send(self, path: str, body: bytes, kind: str) -> int:
        """Post a body of another kind than a form's; the status."""
        return self._open(urllib.request.Request(self.url + path, body, {"Content-Type": kind}))[0]

    def _ask(self, path: str, given: Form | None) -> tuple[int, str, str]:
        data = None if given is None else urllib.parse.urlencode(given, doseq=True).encode()
        return self._open(urllib.request.Request(self.url + path, data))

    def _open(self, request: urllib.request.Request) -> tuple[int, str, str]:
        self.posting = request.data is not None
        try:
            with self._opener.open(request, timeout=PATIENCE) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get("Location", ""), error.read().decode()
        finally:
            self.posting = False


def _token(page: str) -> str:
    found = TOKEN.search(page)
    if found is None:
        raise OSError("a page without a form")
    return found[1]


class Secretary:
    """Files for one branch: members, deeds, what the branch did."""

    def __init__(self, visitor: Visitor, unit: str, operations: Operations, chance: random.Random) -> None:
        self.visitor, self.unit, self.operations, self.chance = visitor, unit, operations, chance
        self.open: list[tuple[Operation, str, Form]] = []
        self.people = False

    def act(self) -> None:
        """File something new, or what nobody has answered to once more, with the same form."""
        if self.open and self.chance.random() < 0.5:
            one, path, given = self.open.pop()
            self._send(one, path, given)
            return
        word = self.operations.word(self.unit)
        kind = self.chance.choice(("member", "deed", "entry", "entry")) if self.people else "member"
        path, given = getattr(self, f"_{kind}")(word)
        self._send(self.operations.begin(kind, word), path, given)
        self.people = True

    def _send(self, one: Operation, path: str, given: Form) -> None:
        self.visitor.sign_in()
        page = self.visitor.get(path)
        one.settle(outcome := self.visitor.post(path, page, given))
        if outcome == "unknown" and one.kind != "member":
            self.open.append((one, path, given))

    def _member(self, word: str) -> tuple[str, Form]:
        return "/roster/new", {
            "version": "0", "number": word.split("u")[0][1:], "name": "合成", "post": word, "status": "full",
            "field": "rural", "since": "2020-01-01",
        }  # fmt: skip

    def _deed(self, word: str) -> tuple[str, Form]:
        self.visitor.sign_in()
        people = MEMBER.findall(self.visitor.get("/role-models/new"))
        text = f"{word}:合成数据，帮助困难户收割水稻三天，没有要一分钱报酬。"
        return "/role-models/new", {
            "id": str(uuid4()), "member": people[0], "title": word, "text": text, "consent": "yes",
        }  # fmt: skip

    def _entry(self, word: str) -> tuple[str, Form]:
        today = civil(system_clock()).date()
        yesterday = today - timedelta(days=1)
        day = yesterday if yesterday.year == today.year else today
        return "/organisation/new", {
            "id": str(uuid4()), "item": "committee", "day": day.isoformat(), "times": "1", "what": word,
            "witness": "合成",
        }  # fmt: skip


class Decider:
    """Approves at a township what branches did, or publishes at the county what they told."""

    def __init__(self, visitor: Visitor, kind: str, operations: Operations) -> None:
        self.visitor, self.kind, self.operations = visitor, kind, operations

    def act(self) -> None:
        """Decide the first thing that waits."""
        self.visitor.sign_in()
        if self.kind == "approve":
            page = self.visitor.get("/organisations")
            if found := [one for one in WAITING.findall(page) if WORD.search(one[1])][:AT_ONCE]:
                chosen = {"selected": [version for version, _text in found]}
                self._decide("/organisations/approve", page, [text for _version, text in found], chosen)
        else:
            page = self.visitor.get("/role-models")
            if one := DEED.search(page):
                self._decide(one[1], page, [one[2]], {"reason": ""})

    def _decide(self, path: str, page: str, texts: Sequence[str], given: Form) -> None:
        words = [word for text in texts for word in WORD.findall(text)]
        tried = [self.operations.begin(self.kind, word) for word in words]
        outcome = self.visitor.post(path, page, given)
        for one in tried:
            one.settle(outcome)


class Load:
    """Clients at work until told to stop."""

    def __init__(self, county: County, operations: Operations, seed: int) -> None:
        self._county, self._operations = county, operations
        chance = random.Random(f"chaos/{seed}")
        self.actors: list[Secretary | Decider] = []
        for unit in ("321323001201", "321323002202"):
            self.actors.append(self._secretary(unit, random.Random(chance.random())))
        for login in ("321323001-zz", "321323002-zz"):
            self.actors.append(self._decider("township", login, "township_organiser", "approve"))
        self.actors.append(self._decider("county", "321323-bz", "county_leader", "publish"))
        self._done = threading.Event()
        self._threads: list[threading.Thread] = []

    def _visitor(self, tier: str, login: str, role: str) -> Visitor:
        return Visitor(self._county.places[tier].url, login, self._county.passwords[role])

    def _secretary(self, unit: str, chance: random.Random) -> Secretary:
        visitor = self._visitor("branch", unit, "branch_secretary")
        return Secretary(visitor, unit, self._operations, chance)

    def _decider(self, tier: str, login: str, role: str, kind: str) -> Decider:
        return Decider(self._visitor(tier, login, role), kind, self._operations)

    def __enter__(self) -> Load:
        self._done.clear()
        self._threads = [
            threading.Thread(target=self._work, args=(one.act,), daemon=True) for one in self.actors
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(PATIENCE * 3)

    def posting(self, url: str) -> bool:
        """Does somebody wait for the answer to a form sent there?"""
        return any(one.visitor.posting and one.visitor.url == url for one in self.actors)

    def _work(self, act: Callable[[], None]) -> None:
        while not self._done.wait(PAUSE):
            with suppress(OSError, http.client.HTTPException, SignedOut):
                act()

    def wait_more(self, many: int, seconds: float = 40.0) -> int:
        """Let clients come to `many` more that went well; how many did."""
        before, deadline = self._operations.outcomes()["ok"], time.monotonic() + seconds
        while (more := self._operations.outcomes()["ok"] - before) < many and time.monotonic() < deadline:
            time.sleep(0.1)
        return more
