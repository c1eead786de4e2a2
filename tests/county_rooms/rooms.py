"""What the tests of the county's rooms share: its contest, its clients, its words."""

import re
from html import unescape
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import select

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.county.contest import course
from services.county.contest.models import Contest
from services.county.contest.trial import last_trial
from shared.kit.accounts import SignedIn
from shared.kit.units import Unit
from tests.county import County

NOWHERE = UUID("00000000-0000-4000-8000-000000000000")


def organiser(county: County) -> FlaskClient:
    """Signed in as the organisation section."""
    return county.client("county", "321323-zzk")


def leader(county: County) -> FlaskClient:
    """Signed in as the leader, who publishes and confirms."""
    return county.client("county", "321323-bz")


def contest(county: County) -> Contest:
    """The county's newest contest."""
    with within(county.tiers.county) as session:
        return course.contests(session)[0]


def trial_number(county: County) -> int:
    """The number of the last trial."""
    with within(county.tiers.county) as session:
        found = last_trial(session, course.contests(session)[0])
        return found.number if found else 0


def at(county: County, path: str = "") -> str:
    """The address of one of the contest's pages."""
    return f"/contests/{contest(county).id}{path}"


def village(county: County, code: str = "321323001201") -> UUID:
    """A village's id at the county."""
    return county.unit("county", code).id


def person(county: County, role: str) -> SignedIn:
    """One of the county's people, for calling actions."""
    with within(county.tiers.county) as session:
        return actor(session, session.scalars(select(Unit).where(Unit.level == "county")).one(), role)


def words(answer) -> str:
    """A page's text without tags, spaces drawn together."""
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def follow(client: FlaskClient, answer) -> str:
    """The page a post leads to, as text."""
    assert answer.status_code == 303, words(answer)
    return words(client.get(answer.headers["Location"]))
