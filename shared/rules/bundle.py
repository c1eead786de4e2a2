"""A published contest as one document that anybody can recompute: inputs, rules, result, signatures (I6)."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .canonical import digest
from .contest import RULE_VERSION, ContestError, Decision, Entry, Grading, VillageResult, grade
from .document import DocumentError, Section
from .rulebook import Rulebook, parse_rulebook, rulebook_hash

CheckSignature = Callable[[bytes, bytes, bytes], bool]
"""(raw public key of 32 bytes, signature, message) → whether it holds."""

_FIELDS = [
    *["schema_version", "kind", "contest", "rulebook", "rulebook_hash", "rule_version"],
    *["inputs", "input_hash", "decisions", "result", "result_hash", "signatures"],
]
_CAUSES = ["village_code", "indicators", "categories", "score"]


@dataclass(frozen=True)
class Difference:
    """What a bundle states against what was recomputed; `village` is '' for the bundle as a whole."""

    village: str
    field: str
    stated: Any
    recomputed: Any


@dataclass(frozen=True)
class Verdict:
    """`villages` recomputed; no differences means: the same. `signers` are the key ids that hold."""

    villages: int
    differences: tuple[Difference, ...]
    signers: tuple[str, ...]


def input_rows(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Entries as the bundle holds them, by village code."""
    return [
        {
            "village_code": entry.village_code,
            "village_name": entry.village_name,
            "group": entry.group,
            "values": None if entry.values is None else dict(entry.values),
            "vetoes": sorted(entry.vetoes),
        }
        for entry in sorted(entries, key=lambda entry: entry.village_code)
    ]


def decision_rows(decisions: Iterable[Decision]) -> list[dict[str, Any]]:
    """Decisions as the bundle holds them, by their villages."""
    rows = [{"villages": list(one.villages), "reason": one.reason} for one in decisions]
    return sorted(rows, key=lambda row: str(row["villages"]))


def input_hash(contest: Mapping[str, Any], entries: Iterable[Entry], decisions: Iterable[Decision]) -> str:
    """What the result was computed from. The contest's identity is in it, so that the signature keeps
    one year's result from being shown as another's."""
    return _input_digest(contest, input_rows(entries), decision_rows(decisions))


def _input_digest(contest: Mapping[str, Any], inputs: list[Any], decisions: list[Any]) -> str:
    return digest({"contest": contest, "inputs": inputs, "decisions": decisions})


def result_rows(grading: Grading) -> list[dict[str, Any]]:
    """The result as the bundle holds it, by village code; points in hundredths."""
    return [_result_row(one) for one in sorted(grading.villages, key=lambda one: one.village_code)]


def _result_row(one: VillageResult) -> dict[str, Any]:
    return {
        "village_code": one.village_code,
        "score": one.score,
        "rank": one.rank,
        "tier": one.tier,
        "indicators": dict(one.indicators),
        "categories": dict(one.categories),
        "reason": one.reason,
        "late": one.late,
        "excluded": one.excluded,
        "undecided": one.undecided,
    }


def result_hash(grading: Grading) -> str:
    return digest(result_rows(grading))


def signed_message(result: str, inputs: str, rulebook: str, by: str) -> bytes:
    """What a signature covers: the three hashes, a line each, result first, then who published."""
    return f"{result}\n{inputs}\n{rulebook}\n{by}".encode()


def build_bundle(
    contest: Mapping[str, Any],
    rulebook: Mapping[str, Any],
    entries: Sequence[Entry],
    decisions: Sequence[Decision],
    grading: Grading,
    signatures: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """The bundle as a JSON document (no floats). `contest` names it: county, year, title, version.

    A signature is {"algorithm": "Ed25519", "key_id", "public_key", "signature" (base64), "by"} over
    `signed_message` of the bundle's hashes and its own "by".
    """
    return {
        "schema_version": 1,
        "kind": "contest_bundle",
        "contest": dict(contest),
        "rulebook": dict(rulebook),
        "rulebook_hash": rulebook_hash(dict(rulebook)),
        "rule_version": grading.rule_version,
        "inputs": input_rows(entries),
        "input_hash": input_hash(contest, entries, decisions),
        "decisions": decision_rows(decisions),
        "result": result_rows(grading),
        "result_hash": result_hash(grading),
        "signatures": [dict(one) for one in signatures],
    }


def verify_bundle(document: Any, check_signature: CheckSignature) -> Verdict:
    """Recompute a bundle and compare; DocumentError when it is not one, or of unknown rules.

    Differences come in the order in which they explain each other: rulebook, villages, hashes, signatures.
    """
    top = Section.of(document, "")
    top.only(_FIELDS)
    top.whole("schema_version", 1, 1)
    top.choice("kind", ["contest_bundle"])
    top.whole("rule_version", RULE_VERSION, RULE_VERSION)
    entries, decisions = _entries(top), _decisions(top)
    rulebook = _rulebook(top)
    try:
        grading = grade(rulebook, entries, decisions)
    except ContestError as error:
        raise DocumentError("inputs", error.message, str(error)) from error
    result = result_rows(grading)
    hashes = {
        "rulebook_hash": rulebook.hash,
        "input_hash": _input_digest(
            top.section("contest").value, input_rows(entries), decision_rows(decisions)
        ),
        "result_hash": digest(result),
    }
    wrong = [Difference("", k, top.value[k], v) for k, v in hashes.items() if top.value[k] != v]
    about_rules = [one for one in wrong if one.field == "rulebook_hash"]
    other_hashes = [one for one in wrong if one.field != "rulebook_hash"]
    signed = (hashes["result_hash"], hashes["input_hash"], hashes["rulebook_hash"])
    signers, unsigned = _signatures(top, signed, check_signature)
    villages = _village_differences(_stated(top), result)
    return Verdict(len(result), (*about_rules, *villages, *other_hashes, *unsigned), signers)


def _rulebook(top: Section) -> Rulebook:
    try:
        return parse_rulebook(top.section("rulebook").value)
    except DocumentError as error:
        raise DocumentError(f"rulebook.{error.path}", error.message, error.message_en) from error


def _entries(top: Section) -> list[Entry]:
    entries = []
    for section in top.sections("inputs", least=0):
        section.only(["village_code", "village_name", "group", "values", "vetoes"])
        values = None if section.value["values"] is None else section.section("values").value
        _only_texts(section.at("values"), (values or {}).values())
        _only_texts(section.at("vetoes"), section.items("vetoes"))
        entries.append(
            Entry(
                section.text("village_code"),
                section.text("village_name"),
                section.text("group"),
                values,
                tuple(section.items("vetoes")),
            )
        )
    return entries


def _decisions(top: Section) -> list[Decision]:
    decisions = []
    for section in top.sections("decisions", least=0):
        section.only(["villages", "reason"])
        _only_texts(section.at("villages"), section.items("villages"))
        decisions.append(Decision(tuple(section.items("villages")), section.text("reason")))
    return decisions


def _only_texts(path: str, values: Iterable[Any]) -> None:
    if not all(isinstance(value, str) for value in values):
        raise DocumentError(path, "应全部为文字", "must hold text only")


def _stated(top: Section) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for section in top.sections("result", least=0):
        code = section.text("village_code") if "village_code" in section.value else ""
        if not code or code in rows:
            raise DocumentError(
                section.at("village_code"), "缺少或重复", "is missing, or given twice: each village once"
            )
        rows[code] = section.value
    return rows


def _village_differences(
    stated: Mapping[str, dict[str, Any]], recomputed: Sequence[dict[str, Any]]
) -> list[Difference]:
    found = []
    for row in recomputed:
        code = row["village_code"]
        claim = stated.get(code)
        if claim is None:
            found.append(Difference(code, "village_code", None, code))
            continue
        fields = [*row, *(key for key in claim if key not in row)]
        found += [
            _narrowed(code, field, claim.get(field), row.get(field))
            for field in fields
            if not _same(claim.get(field), row.get(field)) or (field in claim) != (field in row)
        ]
    known = {row["village_code"] for row in recomputed}
    found += [Difference(code, "village_code", code, None) for code in sorted(set(stated) - known)]
    return sorted(found, key=_depth)


def _depth(difference: Difference) -> int:
    """Causes before what follows from them: one changed input moves the ranks of many others."""
    field = difference.field.partition(".")[0]
    return _CAUSES.index(field) if field in _CAUSES else len(_CAUSES)


def _same(stated: Any, recomputed: Any) -> bool:
    """Equal as documents: 1, 1.0 and true are three different things."""
    return json.dumps(stated, sort_keys=True) == json.dumps(recomputed, sort_keys=True)


def _narrowed(village: str, field: str, stated: Any, recomputed: Any) -> Difference:
    """For a table of points, name the entry that differs rather than the whole table."""
    if isinstance(stated, dict) and isinstance(recomputed, dict):
        for key in [*recomputed, *stated]:
            if not _same(stated.get(key), recomputed.get(key)):
                return Difference(village, f"{field}.{key}", stated.get(key), recomputed.get(key))
    return Difference(village, field, stated, recomputed)


def _signatures(
    top: Section, signed: tuple[str, str, str], check: CheckSignature
) -> tuple[tuple[str, ...], list[Difference]]:
    signers, wrong = [], []
    for section in top.sections("signatures", least=0):
        section.only(["algorithm", "key_id", "public_key", "signature", "by"])
        section.choice("algorithm", ["Ed25519"])
        key, signature = _base64(section, "public_key"), _base64(section, "signature")
        name, own = section.text("key_id"), key_id(section.text("algorithm"), key)
        if not check(key, signature, signed_message(*signed, section.text("by"))):
            wrong.append(Difference("", section.at("signature"), name, "does not hold"))
        elif name != own:
            wrong.append(Difference("", section.at("key_id"), name, own))
        else:
            signers.append(name)
    return tuple(signers), wrong


def key_id(algorithm: str, public: bytes) -> str:
    """A key's name: 32 hexadecimal digits of its sha256 (the same as shared.sync.keys)."""
    return hashlib.sha256(algorithm.encode() + b":" + public).hexdigest()[:32]


def _base64(section: Section, key: str) -> bytes:
    try:
        return base64.b64decode(section.text(key), validate=True)
    except binascii.Error:
        raise DocumentError(section.at(key), "不是有效的 base64", "is not valid base64") from None
