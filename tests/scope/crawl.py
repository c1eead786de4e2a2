"""Asks a tier everything it can be asked, as everybody, and notes every answer in which a canary sings.

First each actor follows what the portal shows; then everybody asks for what the others found, beside the same
question about what does not exist: the two answers must be one.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from difflib import unified_diff
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from shared.kit.sessions import PostgresSessions
from tests.county import County
from tests.scope.canaries import Canary, heard
from tests.scope.pages import Form, asked, forms, ids, links
from tests.scope.playing import Aviary, owner
from tests.scope.reading import text_of
from tests.scope.tree import NUMBERS
from tests.scope.who import Actor, Sight

# What differs from one second to the next: tokens, numbers of requests, when a workbook was made.
TOKEN = re.compile(
    r'name="csrf_token" value="[^"]*"|content="[^"]*" name="csrf[^"]*"|\b[0-9A-F]{4}-[0-9A-F]{4}\b'
    r"|<dcterms:(?:created|modified).*?</dcterms:(?:created|modified)>|\d{4}-\d\d-\d\dT[\d:]+Z"
    r"|Content-Length: \d+|\nDate: [^\n]*|Expires=[^;\n]*"
)
_ASKED = re.compile(r'args(?:\.get\(|\[|, )"(\w+)"|"(\w+)" in request\.args')
# Figures of the process, answers signed each with a number of its own, a new secret each time.
NEVER_ALIKE = ("metrics ", "sync.call ", "account.confirm_factor ")
CODES = (*NUMBERS, "all")
FIXED = UUID("00000000-0000-4000-8000-000000000000")


class Crawl:
    """One tier, all its actors, and what they heard."""

    def __init__(self, county: County, tier: str, *, share: float = 1.0, seed: int = 0) -> None:
        """`share`: of the endpoints each step takes that part, chosen by `seed`."""
        self.county, self.tier, self.share, self.random = county, tier, share, Random(seed)
        self.app = county.app(tier)
        with owner(county, tier) as connection:
            aviary = Aviary(tier, connection)
            self.ids, homes, self.files = aviary.ids(), aviary.homes(), aviary.files()
        self.sight = Sight(homes, models(county))
        self.rules = self.app.url_map.bind("localhost")
        self.leaks: list[str] = []
        self.faults: list[str] = []
        self.told_apart: list[str] = []
        self.asked: Counter[str] = Counter()
        self.heard: Counter[str] = Counter()
        self.found: dict[str, dict[str, set[Actor]]] = defaultdict(lambda: defaultdict(set))
        self.forms: dict[str, dict[Form, set[Actor]]] = defaultdict(lambda: defaultdict(set))
        self.clients: dict[Actor, FlaskClient] = {}

    # --- asking ---

    def client(self, actor: Actor) -> FlaskClient:
        """A client of this actor, signed in where he has a login."""
        if actor not in self.clients:
            made = (
                self.county.client(self.tier, actor.login, actor.role)
                if actor.login
                else self.app.test_client()
            )
            self.clients[actor] = made
        return self.clients[actor]

    def get(self, actor: Actor, address: str) -> TestResponse:
        """One question, and what sang in its answer."""
        return self._noted(
            actor, "GET", address, self.client(actor).get(address, buffered=True), ids(address)
        )

    def post(self, actor: Actor, form: Form) -> TestResponse:
        """A form sent; whatever it changes is taken back, and what it would tell afterwards is heard too."""
        sent: dict[str, list[str]] = defaultdict(list)
        for name, value in form.pairs:
            sent[name].append(value)
        with undone(self.app) as told:
            answer = self.client(actor).post(form.path, data=sent, buffered=True)
        return self._noted(
            actor, "POST", form.path, answer, form.ids(), "".join(told), frozenset(heard(str(form.pairs)))
        )

    def _noted(
        self,
        actor: Actor,
        method: str,
        address: str,
        answer: TestResponse,
        sent: set[str],
        more: str = "",
        typed: frozenset[Canary] = frozenset(),
    ) -> TestResponse:
        endpoint = self.endpoint(address, method)
        self.asked[endpoint] += 1
        said = text_of(answer) + more
        # What was sent may come back, an id in an address, a word in a lost form: that tells nothing.
        singing = heard(said) | {self.ids[one] for one in ids(said) - sent if one in self.ids}
        self.heard.update(one.kind for one in singing)
        singing -= typed
        for one in sorted(self.sight.foreign(actor, endpoint, singing)):
            self.leaks.append(f"{endpoint} {method} {address} told {actor} of {one} ({answer.status_code})")
        if answer.status_code >= 500:
            self.faults.append(f"{endpoint} {method} {address} as {actor}: {answer.status_code}")
        return answer

    def endpoint(self, address: str, method: str = "GET") -> str:
        """The endpoint an address leads to, '' where there is none."""
        try:
            return str(self.rules.match(urlsplit(address).path, method)[0])
        except RequestRedirect:
            return "redirect"
        except HTTPException:
            return ""

    # --- following what the portal shows ---

    def follow(self, actor: Actor, each: int) -> None:
        """Every link and form of this actor's portal, at most `each` addresses an endpoint."""
        own_first = sorted(self.files, key=lambda one: bool(self._foreign(actor, "", ids(one))))
        waiting = [*self._bare(), "/", *own_first]
        seen: set[str] = set()
        many: Counter[str] = Counter()
        while waiting:
            address = waiting.pop(0)
            endpoint = self.endpoint(address)
            if address in seen or not endpoint or many[endpoint] >= each:
                continue
            seen.add(address)
            many[endpoint] += 1
            answer = self.get(actor, address)
            if answer.status_code == 200:
                self.found[endpoint][address].add(actor)
            if answer.status_code in (301, 302, 303):
                waiting.append(answer.headers["Location"])
            if answer.mimetype == "text/html":
                waiting += self._led(actor, answer.get_data(as_text=True), address)

    def _bare(self) -> list[str]:
        return [
            rule.rule
            for rule in self.app.url_map.iter_rules()
            if not rule.arguments and "GET" in (rule.methods or ())
        ]

    def _led(self, actor: Actor, body: str, address: str) -> list[str]:
        found = links(body, address)
        for form in forms(body, address):
            if form.method == "get":
                found += asked(form)
            elif endpoint := self.endpoint(form.path, "POST"):
                self.forms[endpoint][form].add(actor)
        self.random.shuffle(found)
        return found

    def fuzz(self, actor: Actor, each: int) -> None:
        """The parameters that pages read, with what belongs to others, does not exist or makes no sense."""
        strange = self._foreign(actor, "", self.ids)
        values = [*self._sample(sorted(strange), 6), *CODES, "zq", "2026", "2099", "-1", "x", "0" * 40, "%00"]
        for endpoint in self._some(self.found):
            own = sorted(one for one, who in self.found[endpoint].items() if actor in who)
            for _time in range(each if own else 0):
                address, name = self.random.choice(own).split("?")[0], self.random.choice(parameters())
                value = self.random.choice(values)
                asking = f"{address}?{name}={value}"
                if value in strange:
                    self._compare(actor, endpoint, asking)
                else:
                    self.get(actor, asking)

    def blind(self, actor: Actor, each: int) -> None:
        """Every route that nobody was led to, about what belongs to others and about nothing."""
        strange = sorted(self._foreign(actor, "", self.ids))
        for rule in self.app.url_map.iter_rules():
            method = "POST" if "POST" in (rule.methods or ()) else "GET"
            if rule.endpoint in self.led or rule.endpoint == "static" or self.random.random() > self.share:
                continue
            for one in self._sample(strange, each) or [str(FIXED)]:
                names = {name: _filler(str(kind), name, one) for name, kind in rule._converters.items()}
                built = rule.build(names)
                assert built is not None, rule
                if method == "GET":
                    self._compare(actor, rule.endpoint, built[1])
                else:
                    self._compare_forms(actor, rule.endpoint, Form("post", built[1], (("id", one),)))

    @property
    def led(self) -> set[str]:
        """The endpoints that some page leads to."""
        return {one for one, some in self.found.items() if some} | {
            one for one, some in self.forms.items() if some
        }

    def silent(self) -> set[str]:
        """The endpoints that nobody has asked."""
        return {rule.endpoint for rule in self.app.url_map.iter_rules()} - set(self.asked) - {"static"}

    # --- asking for what others found ---

    def cross(self, actor: Actor, each: int) -> None:
        """What others found and he did not: told like what does not exist, and nothing sings."""
        for endpoint in self._some(self.found):
            for address in self._sample(self._strange(actor, endpoint, self.found[endpoint], ids), each):
                self._compare(actor, endpoint, address)

    def send(self, actor: Actor, each: int) -> None:
        """His own forms, and those of others, beside the same form about what does not exist."""
        for endpoint in self._some(self.forms):
            found = self.forms[endpoint]
            own = sorted((form for form, who in found.items() if actor in who), key=str)
            for form in self._sample(own, each):
                self.post(actor, form)
                for strange in self._mixed(actor, endpoint, form):
                    self._compare_forms(actor, endpoint, strange)
            for form in self._sample(self._strange(actor, endpoint, found, Form.ids), each):
                self._compare_forms(actor, endpoint, form)

    def _strange(
        self, actor: Actor, endpoint: str, found: Iterable[Any], named: Callable[[Any], set[str]]
    ) -> list[Any]:
        """Those with an id that is none of his business."""
        return sorted((one for one in found if self._foreign(actor, endpoint, named(one))), key=str)

    def _foreign(self, actor: Actor, endpoint: str, named: Iterable[str]) -> set[str]:
        return {
            one for one in named if one in self.ids and self.sight.foreign(actor, endpoint, [self.ids[one]])
        }

    def _some(self, endpoints: Iterable[str]) -> list[str]:
        return [one for one in sorted(endpoints) if self.random.random() < self.share]

    def _sample(self, some: list[Any], many: int) -> list[Any]:
        return some if len(some) <= many else self.random.sample(some, many)

    def _compare(self, actor: Actor, endpoint: str, address: str) -> None:
        foreign = self._foreign(actor, endpoint, ids(address))
        absent = _replaced(address, foreign)
        what = f"{endpoint} GET {address}"
        self._alike(actor, what, lambda: self.get(actor, address), lambda: self.get(actor, absent), foreign)

    def _mixed(self, actor: Actor, endpoint: str, form: Form) -> Iterator[Form]:
        """His own form with one of its ids changed for the same kind of thing of somebody else."""
        for place, (name, value) in enumerate(form.pairs):
            others = {
                other
                for found in self.forms.values()
                for one in found
                if one.path == form.path
                for key, other in one.pairs
                if key == name and ids(value) and self._foreign(actor, endpoint, ids(other))
            }
            for other in self._sample(sorted(others), 1):
                pairs = (*form.pairs[:place], (name, other), *form.pairs[place + 1 :])
                yield Form(form.method, form.path, pairs)

    def _compare_forms(self, actor: Actor, endpoint: str, form: Form) -> None:
        foreign = self._foreign(actor, endpoint, form.ids())
        absent = Form(
            "post",
            _replaced(form.path, foreign),
            tuple((name, _replaced(value, foreign)) for name, value in form.pairs),
        )
        what = f"{endpoint} POST {form.path}"
        self._alike(actor, what, lambda: self.post(actor, form), lambda: self.post(actor, absent), foreign)

    def _alike(
        self,
        actor: Actor,
        what: str,
        first: Callable[[], TestResponse],
        other: Callable[[], TestResponse],
        foreign: set[str],
    ) -> None:
        """Two answers that are one; asked twice, because a message is shown once and then gone."""
        asked = foreign | {str(FIXED)}
        for _time in range(2):
            one, two = self.plain(first(), asked), self.plain(other(), asked)
            if one == two or what.startswith(NEVER_ALIKE):
                return
        lines = list(unified_diff(one[1].split("\n"), two[1].split("\n"), n=0))[3:7]
        self.told_apart.append(f"{what} as {actor}: {one[0]}, absent {two[0]}: {lines}"[:900])

    def plain(self, answer: TestResponse, asked: Iterable[str] = ()) -> tuple[int, str]:
        """An answer without what differs between two requests: tokens, numbers, new ids, ids asked for."""
        said = text_of(answer)
        for one in ids(said):
            said = said.replace(one, "asked" if one in asked else one if one in self.ids else "new")
        return answer.status_code, TOKEN.sub("", said)


@cache
def parameters() -> list[str]:
    """The names of every parameter that some page of the product reads from its address."""
    root = Path(__file__).parents[2]
    sources = [path.read_text() for room in ("services", "shared") for path in (root / room).rglob("*.py")]
    return sorted({one for text in sources for names in _ASKED.findall(text) for one in names if one})


def models(county: County) -> set[int]:
    """The units whose deeds the county has published."""
    with owner(county, "county") as connection:
        rows = connection.execute(
            text(
                "SELECT u.code FROM deed_decision d JOIN proposed_deed p ON p.id = d.deed_id"
                " JOIN unit u ON u.id = p.unit_id WHERE d.state = 'published'"
            )
        )
        return {NUMBERS[row.code] for row in rows}


def _filler(kind: str, name: str, one: str) -> Any:
    """Something for a part of an address: the id asked about, a number, or a word."""
    if "UUID" in kind:
        return UUID(one)
    return 2026 if "Integer" in kind else "members"


def _replaced(address: str, foreign: Iterable[str]) -> str:
    for one in foreign:
        address = address.replace(one, str(FIXED))
    return address


@contextmanager
def undone(app: Any) -> Iterator[list[str]]:
    """Whatever is committed meanwhile is rolled back; what would be kept in the session is listed."""
    database = app.extensions["sanji.database"]
    told: list[str] = []
    engines = (database.engine, database.ingest_engine)
    store = PostgresSessions._store

    def keep(self: PostgresSessions, session: Any, *more: Any) -> None:
        told.append(str(dict(session)))
        store(self, session, *more)

    plain = [engine.dialect.do_commit for engine in engines]
    PostgresSessions._store = keep  # type: ignore[method-assign]
    for engine in engines:
        engine.dialect.do_commit = engine.dialect.do_rollback
    try:
        yield told
    finally:
        PostgresSessions._store = store  # type: ignore[method-assign]
        for engine, commit in zip(engines, plain, strict=True):
            engine.dialect.do_commit = commit
