"""`sanji contest verify`: what a bundle proves to somebody without a server."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.rulebooks import contest_default
from shared.rules.bundle import build_bundle, signed_message
from shared.rules.contest import Entry, grade
from shared.sync.keys import PublicKey
from tests.cli.test_contest_commands import CODES, RULEBOOK, make_rows, run

KEY = Ed25519PrivateKey.generate()
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
NAME = PublicKey(KEY.public_key().public_bytes_raw()).id


def make_bundle() -> dict[str, Any]:
    entries = [Entry(row[0], row[1], row[2], dict(zip(CODES, row[3:], strict=True))) for row in make_rows(20)]
    bundle = build_bundle({"year": 2026}, contest_default(), entries, [], grade(RULEBOOK, entries))
    message = signed_message(bundle["result_hash"], bundle["input_hash"], bundle["rulebook_hash"], "县")
    signature = base64.b64encode(KEY.sign(message)).decode()
    fields = {
        "algorithm": "Ed25519",
        "key_id": NAME,
        "public_key": PUBLIC,
        "signature": signature,
        "by": "县",
    }
    return bundle | {"signatures": [fields]}


def verified(tmp_path: Path, bundle: Any, *options: str) -> Result:
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    return run("verify", path, *options)


def test_a_bundle_verifies_plain_and_packed(tmp_path: Path) -> None:
    result = verified(tmp_path, make_bundle(), "--public-key", PUBLIC)
    assert (result.exit_code, result.stdout) == (0, f"same: 20 villages, signed by key {NAME}\n")
    packed = tmp_path / "bundle.json.gz"
    packed.write_bytes(gzip.compress((tmp_path / "bundle.json").read_bytes()))
    assert run("verify", packed).stdout == result.stdout


def test_the_first_difference_is_named(tmp_path: Path) -> None:
    bundle = make_bundle()
    bundle["result"][4]["tier"] = 1
    result = verified(tmp_path, bundle)
    assert result.exit_code == 1
    assert result.stdout == "differs: village 321323001005, tier: stated 1, recomputed 2\n"


def test_a_signature_by_another_key_is_told(tmp_path: Path) -> None:
    bundle = make_bundle()
    bundle["signatures"][0]["signature"] = base64.b64encode(b"x" * 64).decode()
    assert "signatures[0].signature" in verified(tmp_path, bundle).stdout
    bundle["signatures"][0]["public_key"] = "AAAA"
    assert verified(tmp_path, bundle).exit_code == 1
    assert verified(tmp_path, make_bundle(), "--public-key", "b3RoZXI=").exit_code == 1


def test_a_bundle_without_signatures_needs_leave(tmp_path: Path) -> None:
    stripped = make_bundle() | {"signatures": []}
    result = verified(tmp_path, stripped)
    assert (result.exit_code, "not signed" in result.stdout) == (1, True)
    allowed = verified(tmp_path, stripped, "--allow-unsigned")
    assert (allowed.exit_code, allowed.stdout) == (0, "same: 20 villages, not signed\n")
    assert verified(tmp_path, stripped, "--allow-unsigned", "--public-key", PUBLIC).exit_code == 1


def test_who_signed_cannot_be_renamed(tmp_path: Path) -> None:
    bundle = make_bundle()
    bundle["signatures"][0]["by"] = "别人"
    result = verified(tmp_path, bundle, "--allow-unsigned")
    assert (result.exit_code, "signatures[0].signature" in result.stdout) == (1, True)


def test_what_is_no_bundle_is_unreadable(tmp_path: Path) -> None:
    assert verified(tmp_path, {"kind": "x"}).exit_code == 2
    (tmp_path / "broken.json.gz").write_bytes(gzip.compress(b"{}")[:-6])
    (tmp_path / "text.json").write_text("hello")
    (tmp_path / "latin.json").write_bytes(b"\xff")
    for name in ("broken.json.gz", "text.json", "latin.json", "none.json"):
        result = run("verify", tmp_path / name)
        assert (result.exit_code, name in result.stderr) == (2, True)
