"""Laws over every route of every tier: each says who may use it, and that permission exists."""

from importlib import import_module

import pytest

from shared.kit.guard import SIGNED_IN, classification
from tests.county import County

TIERS = ("branch", "township", "county")


@pytest.mark.parametrize("tier", TIERS)
def test_every_route_says_who_may_use_it(county: County, tier: str) -> None:
    app = county.app(tier)
    silent = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint != "static" and classification(view) is None
    ]
    assert silent == []


@pytest.mark.parametrize("tier", TIERS)
def test_every_permission_a_route_asks_for_is_held_by_some_role(county: County, tier: str) -> None:
    roles = import_module(f"services.{tier}.roles").ROLES
    held = {permission for _title, granted in roles.values() for permission in granted} | {SIGNED_IN}
    asked = {
        kind[1]
        for view in county.app(tier).view_functions.values()
        if (kind := classification(view)) and kind[0] == "allow"
    }
    assert asked <= held


@pytest.mark.parametrize("tier", TIERS)
def test_without_signing_in_no_page_but_the_public_ones_answers(county: County, tier: str) -> None:
    app = county.app(tier)
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        kind = classification(app.view_functions[rule.endpoint])
        if rule.endpoint == "static" or (kind and kind[0] == "public") or "GET" not in rule.methods:
            continue
        path = rule.build(
            {
                name: "0" * 8 if "uuid" not in str(conv).lower() else "00000000-0000-0000-0000-000000000000"
                for name, conv in rule._converters.items()
            },
            append_unknown=False,
        )
        assert path is not None, rule
        answer = client.get(path[1])
        assert answer.status_code in (302, 404), (rule, answer.status_code)
        if answer.status_code == 302:
            assert "/login" in answer.headers["Location"]


@pytest.mark.parametrize("tier", TIERS)
def test_no_account_of_the_shipped_roles_holds_two_of_system_security_and_audit(tier: str) -> None:
    three = {"accounts.manage", "roles.manage", "audit.see"}
    for _title, granted in import_module(f"services.{tier}.roles").ROLES.values():
        assert len(three & set(granted)) <= 1
