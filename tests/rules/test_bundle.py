"""A published contest that anybody can recompute."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.rules.bundle import build_bundle, key_id, signed_message, verify_bundle
from shared.rules.contest import Decision, grade
from shared.rules.document import DocumentError
from shared.rules.rulebook import parse_rulebook

from .makers import make_document, make_entry, make_ladder

CONTEST = {"county": "321323", "year": 2026, "version": 1}
NAME = key_id("Ed25519", b"key")
SIGNATURE = {"algorithm": "Ed25519", "key_id": NAME, "public_key": "a2V5", "signature": "c2ln", "by": "县"}
Change = Callable[[dict[str, Any]], object]


def always(_key: bytes, _signature: bytes, _message: bytes) -> bool:
    return True


def make_bundle() -> dict[str, Any]:
    document = make_document(vetoes=[{"event": "accident", "name": "事故", "best_tier": 4}])
    entries = [*make_ladder(9), make_entry(10, "10", vetoes=("accident",)), make_entry(11, values=None)]
    entries += [make_entry(12, "99.75")]  # equal to the first
    decisions = [Decision(("321323001012", "321323001001"), "去年名次靠前")]
    grading = grade(parse_rulebook(document), entries, decisions)
    assert not grading.undecided
    bundle = build_bundle(CONTEST, document, entries, decisions, grading, [SIGNATURE])
    return json.loads(json.dumps(bundle))  # as it comes back from a file


def test_a_key_goes_by_its_own_name_only() -> None:
    bundle = make_bundle()
    bundle["signatures"][0]["key_id"] = "0" * 32
    verdict = verify_bundle(bundle, always)
    assert [one.field for one in verdict.differences] == ["signatures[0].key_id"]
    assert verdict.signers == ()


def test_an_untouched_bundle_recomputes_to_the_same() -> None:
    verdict = verify_bundle(make_bundle(), always)
    assert (verdict.villages, verdict.differences, verdict.signers) == (12, (), (NAME,))


def test_the_signature_is_over_the_three_hashes_and_who_published() -> None:
    bundle, seen = make_bundle(), []
    verify_bundle(bundle, lambda key, signature, message: bool(seen.append((key, signature, message))))
    hashes = (bundle["result_hash"], bundle["input_hash"], bundle["rulebook_hash"])
    assert seen == [(b"key", b"sig", signed_message(*hashes, by="县"))]
    assert signed_message("r", "i", "b", "n") == b"r\ni\nb\nn"


def test_a_signature_that_does_not_hold_is_a_difference() -> None:
    (difference,) = verify_bundle(make_bundle(), lambda *_: False).differences
    assert difference.field == "signatures[0].signature"


@pytest.mark.parametrize(
    ("village", "field", "change"),
    [
        ("321323001003", "score", lambda b: b["result"][2].update(score=9999)),
        ("321323001003", "rank", lambda b: b["result"][2].update(rank=True)),
        ("321323001003", "tier", lambda b: b["result"][2].update(tier=1)),
        ("321323001003", "indicators.income", lambda b: b["result"][2]["indicators"].update(income=1)),
        ("321323001003", "reason", lambda b: b["result"][2].update(reason="好")),
        ("321323001003", "bonus", lambda b: b["result"][2].update(bonus=None)),
        ("321323001003", "village_code", lambda b: b["result"].pop(2)),
        ("999", "village_code", lambda b: b["result"].append({"village_code": "999"})),
        ("321323001003", "indicators.income", lambda b: b["inputs"][2]["values"].update(income="51")),
        ("", "input_hash", lambda b: b["inputs"][2].update(village_name="改名村")),
        ("", "input_hash", lambda b: b["contest"].update(year=2027)),
        ("", "input_hash", lambda b: b.update(input_hash="0" * 64)),
        ("", "result_hash", lambda b: b.update(result_hash="0" * 64)),
        ("", "rulebook_hash", lambda b: b["rulebook"].update(name="改过的规则")),
        ("", "rulebook_hash", lambda b: b["rulebook"].update(missing_return="excluded")),
    ],
)
def test_what_was_changed_is_named_first(village: str, field: str, change: Change) -> None:
    bundle = copy.deepcopy(make_bundle())
    change(bundle)
    first = verify_bundle(bundle, always).differences[0]
    assert (first.village, first.field) == (village, field)
    assert (
        first.stated != first.recomputed
        or type(first.stated) is not type(first.recomputed)
        or field == "bonus"
    )


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("kind", lambda b: b.update(kind="contest")),
        ("rule_version", lambda b: b.update(rule_version=2)),
        ("extra", lambda b: b.update(extra=1)),
        ("result_hash", lambda b: b.pop("result_hash")),
        ("rulebook.tiers[0].share", lambda b: b["rulebook"]["tiers"][0].update(share=None)),
        ("inputs", lambda b: b["inputs"].append(b["inputs"][0])),
        ("inputs", lambda b: b["inputs"][0]["values"].update(income="x")),
        ("inputs[0].values", lambda b: b["inputs"][0]["values"].update(income=5)),
        ("inputs[1]", lambda b: b["inputs"].insert(1, None)),
        ("result[1].village_code", lambda b: b["result"].insert(1, b["result"][0])),
        ("decisions[0].villages", lambda b: b["decisions"][0].update(villages=[1, 2])),
        ("signatures[0].algorithm", lambda b: b["signatures"][0].update(algorithm="none")),
        ("signatures[0].signature", lambda b: b["signatures"][0].update(signature="?")),
    ],
)
def test_what_is_no_bundle_is_refused_by_its_path(path: str, change: Change) -> None:
    bundle = copy.deepcopy(make_bundle())
    change(bundle)
    with pytest.raises(DocumentError) as caught:
        verify_bundle(bundle, always)
    assert caught.value.path == path


def test_floats_have_no_place_in_what_is_hashed() -> None:
    with pytest.raises(ValueError, match="write it as a string"):
        build_bundle({"x": 1.5}, make_document(), [], [], grade(parse_rulebook(make_document()), []))
