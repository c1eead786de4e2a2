"""Rooms whose pages are looked at live, by walking the portal with real rows behind it.

Every other room's templates are previewed (preview.py). A room named here has a test that walks it and ends
with `assert templates(room) <= rendered`, so that no page of it is left out.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, template_rendered

from tests.browser.preview import ROOT

LIVE = {
    "services/county": "test_county_portal.py",
    "services/township/statements": "test_rollup_portal.py",
    "services/branch/comments": "test_rollup_portal.py",
    "services/branch/ranking": "test_rollup_portal.py",
    "services/branch/points": "test_points_portal.py",
    "services/branch/role_models": "test_role_models_portal.py",
    "services/township/role_models": "test_role_models_portal.py",
    "services/branch/own": "test_points_portal.py",
    "services/branch/commitments": "test_points_portal.py",
    "services/branch/roster": "test_roster_portal.py",
    "services/branch/transfers": "test_roster_portal.py",
    "services/branch/ballots": "test_appraisal_portal.py",
    "services/branch/appraisal": "test_year_end_portal.py",
    "services/branch/generals": "test_generals_portal.py",
    "services/township/appraisals": "test_year_end_portal.py",
}


def templates(*rooms: str) -> set[str]:
    """The page templates of these rooms, as render_template names them."""
    return {
        f"{path.parent.name}/{path.name}"
        for room in rooms
        for path in (ROOT / room).glob("**/templates/*/*.html")
        if not path.name.startswith("_")
    }


@contextmanager
def rendered(app: Flask) -> Iterator[set[str]]:
    """The names of the templates an application renders meanwhile."""
    names: set[str] = set()

    def note(_app: Flask, template: object, **_values: object) -> None:
        names.add(str(getattr(template, "name", "")))

    with template_rendered.connected_to(note, app):
        yield names
