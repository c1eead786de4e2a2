"""People who sign in with two things: what they do at the pages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import pyotp

from tests.county import County

LEADER, ORGANISER, AUDITOR = "321323-bz", "321323-zzk", "321323-sj"
SYSTEM, SECURITY = "321323-xt", "321323-aq"


@contextmanager
def demanding(county: County, tier: str, demand: bool = True) -> Iterator[None]:
    """A tier whose staff must have a second factor."""
    extensions = county.app(tier).extensions
    before = extensions["sanji.settings"]
    extensions["sanji.settings"] = replace(before, second_factor=demand)
    try:
        yield
    finally:
        extensions["sanji.settings"] = before


def password_of(county: County, tier: str, login: str) -> str:
    """The password of a demo account."""
    from deploy.demo.people import ROLES

    suffixes = {suffix: role for role, (suffix, _title) in ROLES[tier].items()}
    return county.passwords[suffixes[login.partition("-")[2]]]


def begun(county: County, tier: str, login: str, password: str = "", target: str = ""):
    """A client whose password was right, and the answer."""
    client = county.app(tier).test_client()
    data = {"login": login, "password": password or password_of(county, tier, login), "next": target}
    return client, client.post("/login", data=data)


def text(answer) -> str:
    """An answer's page."""
    return answer.get_data(as_text=True)


def secret_on(page: str) -> str:
    """The secret on the page that sets up a second factor."""
    found = re.search(r'<strong class="ref">([A-Z2-7 ]{32,})</strong>', page)
    assert found, page
    return found[1].replace(" ", "")


def codes_on(page: str) -> list[str]:
    """The recovery codes on their page."""
    return re.findall(r'<strong class="ref">([0-9A-Z]{5}-[0-9A-Z]{5})</strong>', page)


def code_at(secret: str, moment: datetime) -> str:
    """What an authenticator shows."""
    return pyotp.TOTP(secret).at(moment)


def enrolled(county: County, tier: str, login: str):
    """A client that has just set up a second factor as demanded; its secret and recovery codes."""
    client, answer = begun(county, tier, login)
    assert answer.headers["Location"] == "/login/enrol"
    secret = secret_on(text(client.get("/login/enrol")))
    done = client.post("/login/enrol", data={"code": code_at(secret, county.now)})
    return client, secret, codes_on(text(done))
