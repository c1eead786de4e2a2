"""What a person does at the branch portal, and what the tests look up behind it."""

import re
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.returns.reading import ReturnStatus, status
from shared.sync.contests import OpenContest, current_contest
from shared.sync.models import Outbox
from tests.county import County

FIGURES = {
    "collective_income": "61.4",
    "income_growth": "12.5",
    "households_helped": "60",
    "meetings_held": "100",
    "members_taking_part": "90.2",
    "branch_stars": "4",
    "medical_insurance": "91.3",
    "disputes_resolved": "86",
    "services_completed": "96.3",
    "living_environment": "86.3",
    "civilised_households": "41.5",
    "volunteer_events": "37",
}
HTMX = {"HX-Request": "true"}


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page, as its form would send them."""
    found = {}
    for tag in re.findall(r'<input type="hidden"[^>]*>', page):
        parts = dict(re.findall(r'(name|value)="([^"]*)"', tag))
        found[parts["name"]] = parts.get("value", "")
    return found


def form_of(client: FlaskClient, address: str = "/return") -> dict[str, str]:
    """The form as a browser that opens it now would send it back untouched."""
    page = client.get(address).get_data(as_text=True)
    kept = hidden(page)
    shown = {name.replace("was-", "v-"): value for name, value in kept.items() if name.startswith("was-v-")}
    shown |= {f"v-{name[4:]}": value for name, value in kept.items() if name.startswith("was-")}
    shown["note"] = shown.pop("v-note", "")
    return {**kept, **shown}


def over(form: Mapping[str, str], **figures: str) -> dict[str, str]:
    """The form with figures typed over."""
    return {**form, **{f"v-{code}": text for code, text in figures.items()}}


def filled(client: FlaskClient, **figures: str) -> Any:
    """Fill the form and go on to the answers; the answer to that."""
    return client.post("/return/check", data=over(form_of(client), **{**FIGURES, **figures}))


def filed(client: FlaskClient) -> Any:
    """Fill, check and file; the answer to filing."""
    assert filled(client).status_code == 303
    return client.post("/return/file", data=hidden(client.get("/return/check").get_data(as_text=True)))


def text_of(answer: Any) -> str:
    """An answer's words."""
    return str(answer.get_data(as_text=True))


def body_of(answer: Any, address: str) -> str:
    """An answer's words without its own address and its one-time codes."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text_of(answer)).replace(address, "")


def standing(county: County, code: str) -> ReturnStatus:
    """Where a village's return stands, read behind the portal."""
    unit = county.unit("branch", code)
    with within(county.tiers.branch) as session:
        return status(session, contest_of(county).id, unit.id)


def sent(county: County, code: str, kind: str) -> int:
    """How many messages of a kind a village has sent."""
    unit = county.unit("branch", code)
    with within(county.tiers.branch) as session:
        return len(
            session.scalars(select(Outbox.id).where(Outbox.unit_id == unit.id, Outbox.kind == kind)).all()
        )


def contest_of(county: County) -> OpenContest:
    """The contest as the branch tier knows it."""
    with within(county.tiers.branch) as session:
        contest = current_contest(session)
    assert contest is not None
    return contest
