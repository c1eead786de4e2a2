"""The county portal in a real Chromium: every page of every role, before and after publication."""

from collections.abc import Callable, Iterator

import pytest
from flask import url_for
from playwright.sync_api import Page
from sqlalchemy import select

from deploy.demo.tiers import within
from services.county.contest.models import Contest, Objection, TrialLine
from services.county.contest.records import last_trial
from tests.browser.portals import served, signed_in, walk
from tests.browser.preview import ROOT
from tests.county import County

SignIn = Callable[..., Page]
ROLES = {
    "zzk": "county_organiser",
    "bz": "county_leader",
    "xt": "system_administrator",
    "aq": "security_administrator",
    "sj": "auditor",
}


@pytest.fixture(scope="module")
def address(county: County) -> Iterator[str]:
    """The portal served from a thread."""
    county.play("tried")
    with served(county.app("county")) as found:
        yield found


@pytest.fixture
def sign_in(county: County, address: str, open_page) -> SignIn:
    """Maker of signed-in pages: sign_in('zzk', width=1366)."""

    def make(who: str, width: int = 1366) -> Page:
        return signed_in(open_page, address, f"321323-{who}", county.passwords[ROLES[who]], width)

    return make


def places(county: County) -> dict[str, str]:
    """Template name → the address of a page made from it, as the contest now stands."""
    with within(county.tiers.county) as session:
        contest = session.scalars(select(Contest)).one()
        trial = last_trial(session, contest)
        village = session.scalars(select(TrialLine.unit_id).where(TrialLine.trial_id == trial.id)).first()
        objection = session.scalars(select(Objection.id)).first()
        number = trial.number
        digest, here, published = (
            contest.rulebook_hash,
            {"contest_id": contest.id},
            contest.state == "published",
        )
    with county.app("county").test_request_context():
        found = {
            "desk": url_for("desk.page"),
            "contests": url_for("contest.index"),
            "contest_form": url_for("contest.new"),
            "contest": url_for("contest.overview", **here),
            "returns": url_for("contest.returns", **here),
            "return": url_for("contest.village_return", village_id=village, **here),
            "trial": url_for("contest.trial", **here),
            "why": url_for("contest.why", number=number, village_id=village, **here),
            "objections": url_for("contest.objections", **here),
            "history": url_for("contest.history", **here),
            "late": url_for("exceptions.page", **here),
            "rulebooks": url_for("rulebooks.index"),
            "rulebook": url_for("rulebooks.page", digest=digest),
            "rulebook_form": url_for("rulebooks.new"),
            "dry_run": url_for("rulebooks.try_on", digest=digest, contest=contest.id),
        }
        if number > 1:
            found["differences"] = url_for("contest.differences", number=number, **here)
        if published:
            found["result"] = url_for("contest.result", **here)
            found["corrections"] = url_for("contest.corrections", **here)
            found["correction_form"] = url_for("contest.new_correction", **here)
        if objection:
            found["objection"] = url_for("contest.objection", objection_id=objection, **here)
    return found


ADMINISTRATORS = {
    "units": ("xt", "/registry/units"),
    "nodes": ("xt", "/registry/nodes"),
    "accounts": ("xt", "/registry/accounts"),
    "audit": ("sj", "/log?verify=1"),
}


@pytest.mark.parametrize(("stage", "width"), [("tried", 1366), ("published", 390)])
def test_every_page_of_the_organiser_is_accessible(
    county: County, sign_in: SignIn, address, look, width: int, stage: str
) -> None:
    county.play(stage)
    page = sign_in("zzk", width=width)
    paths = {f"county-{stage}-{name}": path for name, path in places(county).items()}
    walk(page, address, paths, look)


@pytest.mark.parametrize("name", sorted(ADMINISTRATORS))
def test_the_administrators_pages_are_accessible(sign_in: SignIn, address, look_at_both, name: str) -> None:
    who, path = ADMINISTRATORS[name]
    walk(sign_in(who), address, {f"county-{name}": path}, look_at_both)


# Rooms of the member's year have walks of their own: test_rollup_portal.py, test_role_models_portal.py.
OTHER_WALKS = {"years", "overview", "role_models", "grades"}


def test_no_template_of_the_county_is_left_out(county: County) -> None:
    county.play("published")
    pages = ROOT.glob("services/county/*/templates/county/[!_]*.html")
    templates = {path.stem for path in pages if path.parts[-4] not in OTHER_WALKS}
    # Seen in tests/county_rooms: a contest without a trial, a second trial, an objection.
    elsewhere = {"trial_none", "differences", "objection"}
    # General branches: test_generals_portal.py.
    elsewhere |= {"generals", "general"}
    # One account and what is handed over: test_accounts_portal.py.
    elsewhere |= {"account", "account_given"}
    assert templates - set(places(county)) - set(ADMINISTRATORS) <= elsewhere
