"""Reading a rulebook: what is shipped, and every way to get one wrong."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from shared.rulebooks import contest_default, contest_default_bytes
from shared.rules.rulebook import RulebookError, parse_rulebook, rulebook_bytes, rulebook_hash
from shared.rules.rulebook_values import Steps
from shared.rules.villages import group_of, kind_of

from .makers import make_document, make_rulebook

Change = Callable[[dict[str, Any]], object]


def test_the_shipped_rulebook_has_twelve_indicators_three_in_each_category() -> None:
    rulebook = parse_rulebook(contest_default())
    assert [len(places) for places in rulebook.category_positions.values()] == [3, 3, 3, 3]
    weights = {
        code: sum(rulebook.indicators[place].weight for place in places)
        for code, places in rulebook.category_positions.items()
    }
    assert weights == {"economy": 3000, "party": 3000, "society": 2500, "environment": 1500}
    assert [str(share) for share in rulebook.shares] == ["10", "45", "35", "10"]
    assert rulebook.grouping == "county"
    assert rulebook.equal_remainders == "better_tier"
    assert isinstance(rulebook.by_code["branch_stars"].scoring, Steps)
    assert rulebook.events["safety_accident"].best_tier == 4


def test_everything_a_portal_shows_of_the_shipped_rulebook_has_an_english_name() -> None:
    rulebook = parse_rulebook(contest_default())
    named = [*rulebook.categories, *rulebook.indicators, *rulebook.vetoes, *rulebook.tiers]
    assert all(one.name_en for one in named)
    assert all(tier.proposals_en.pay and tier.proposals.pay for tier in rulebook.tiers)
    assert all(one.low is not None and one.high is not None for one in rulebook.indicators)


def test_the_hash_is_of_the_content_not_of_its_spelling() -> None:
    document = make_document()
    turned = dict(reversed(document.items()))
    assert rulebook_hash(document) == rulebook_hash(turned) == parse_rulebook(turned).hash
    assert rulebook_hash(make_document(name="另一份")) != rulebook_hash(document)
    assert rulebook_bytes({"乙": 1, "a": ["x"]}) == '{"a":["x"],"乙":1}'.encode()
    assert contest_default_bytes().endswith(b"}\n")


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("schema_version", lambda d: d.update(schema_version=2)),
        ("kind", lambda d: d.update(kind="points")),
        ("tierz", lambda d: d.update(tierz=[])),
        ("ties", lambda d: d.pop("ties")),
        ("name", lambda d: d.update(name=" ")),
        ("certainty", lambda d: d.update(certainty="sure")),
        ("effective_from", lambda d: d.update(effective_from="2026-13-01")),
        ("grouping", lambda d: d.update(grouping="province")),
        ("categories", lambda d: d.update(categories={})),
        ("categories[1].code", lambda d: d["categories"][1].update(code="party")),
        ("categories", lambda d: d["categories"].append({"code": "empty", "name": "空"})),
        ("indicators", lambda d: d["indicators"][0].update(weight="59.99")),
        ("indicators[0].weight", lambda d: d["indicators"][0].update(weight=60.0)),
        ("indicators[0].weight", lambda d: d["indicators"][0].update(weight="60.001")),
        ("indicators[0].weight", lambda d: d["indicators"][0].update(weight="-1")),
        ("indicators[0].code", lambda d: d["indicators"][0].update(code="score")),
        ("indicators[0].code", lambda d: d["indicators"][0].update(code="Meetings")),
        ("indicators[1].code", lambda d: d["indicators"][1].update(code="meetings")),
        ("indicators[1].code", lambda d: d["indicators"][1].update(code="economy")),
        ("indicators[1].name", lambda d: d["indicators"][1].update(name="三会一课")),
        ("indicators[0].category", lambda d: d["indicators"][0].update(category="sport")),
        ("indicators[0].direction", lambda d: d["indicators"][0].update(direction="up")),
        ("indicators[0].places", lambda d: d["indicators"][0].update(places=True)),
        ("indicators[0].max", lambda d: d["indicators"][0].update(max="0")),
        ("indicators[0].unitt", lambda d: d["indicators"][0].update(unitt="%")),
        ("indicators[0].unit", lambda d: d["indicators"][0].update(unit=None)),
        ("indicators[0].scoring", lambda d: d["indicators"][0].update(scoring={})),
        ("indicators[0].scoring.liner", lambda d: d["indicators"][0].update(scoring={"liner": {}})),
        (
            "indicators[0].scoring.linear.full",
            lambda d: d["indicators"][0].update(scoring={"linear": {"zero": "9", "full": "9"}}),
        ),
        (
            "indicators[0].scoring.linear.full",
            lambda d: d["indicators"][0].update(direction="lower"),
        ),
        (
            "indicators[0].scoring.steps[1]",
            lambda d: d["indicators"][0].update(
                scoring={"steps": [{"at": "2", "points": "5"}, {"at": "1", "points": "6"}]}
            ),
        ),
        (
            "indicators[0].scoring.yes_no.yes",
            lambda d: d["indicators"][0].update(scoring={"yes_no": {"yes": "61"}}),
        ),
        ("vetoes[0]", lambda d: d["vetoes"].append({"name": "x", "best_tier": 4})),
        ("vetoes[0].best_tier", lambda d: d["vetoes"].append({"name": "x", "best_tier": 5, "event": "e"})),
        ("vetoes[0].best_tier", lambda d: d["vetoes"].append({"name": "x", "best_tier": 1, "event": "e"})),
        (
            "vetoes[0].indicator",
            lambda d: d["vetoes"].append({"name": "x", "best_tier": 4, "indicator": "no", "below": "1"}),
        ),
        (
            "vetoes[1].event",
            lambda d: d["vetoes"].extend([{"name": "x", "best_tier": 4, "event": "e"}] * 2),
        ),
        ("tiers", lambda d: d["tiers"][0].update(share="11")),
        ("tiers[1].tier", lambda d: d["tiers"][1].update(tier=3)),
        ("tiers[0].share", lambda d: d["tiers"][0].update(share="-1")),
        ("tiers[3].floor", lambda d: d["tiers"][3].update(floor="10")),
        ("tiers[1].floor", lambda d: d["tiers"][1].update(floor="10")),
        (
            "tiers[0].proposals.honours",
            lambda d: d["tiers"][0].update(proposals={"pay": "a", "appointment": "b"}),
        ),
        ("apportionment.method", lambda d: d["apportionment"].update(method="dhondt")),
        ("apportionment.equal_remainders", lambda d: d["apportionment"].update(equal_remainders="coin")),
        ("ties.order[0]", lambda d: d["ties"].update(order=["nobody"])),
        ("ties.order[1]", lambda d: d["ties"].update(order=["party", "party"])),
        ("ties.order[0]", lambda d: d["ties"].update(order=[["party"]])),
        ("missing_return", lambda d: d.update(missing_return="forgiven")),
        ("publicity.working_days", lambda d: d["publicity"].update(working_days=0)),
    ],
)
def test_every_mistake_is_named_by_its_path(path: str, change: Change) -> None:
    document = copy.deepcopy(make_document())
    change(document)
    with pytest.raises(RulebookError) as caught:
        parse_rulebook(document)
    assert caught.value.path == path
    assert caught.value.message
    assert caught.value.message_en


@pytest.mark.parametrize("document", [None, [], "text", 1])
def test_what_is_no_object_is_no_rulebook(document: object) -> None:
    with pytest.raises(RulebookError):
        parse_rulebook(document)


def test_an_indicator_may_weigh_nothing() -> None:
    document = make_document()
    document["indicators"].append(
        document["indicators"][0] | {"code": "pledge", "name": "双诺", "weight": "0"}
    )
    assert parse_rulebook(document).by_code["pledge"].weight == 0


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        ("321323101200", "双桥村委会", "村"),
        ("321323103015", "松张口社区村民委员会", "村"),
        ("321323001001", "西康居委会", "社区"),
        ("321323103498", "林苗圃社区", "社区"),
        ("321323400598", "原种场虚拟生活区", "村"),
        ("321323402498", "江苏开发区", "社区"),
    ],
)
def test_villages_and_urban_communities_are_told_apart(code: str, name: str, kind: str) -> None:
    assert kind_of(code, name) == kind
    assert group_of(make_rulebook(), code, name) == "321323"
    assert group_of(make_rulebook(grouping="kind"), code, name) == f"321323{kind}"
