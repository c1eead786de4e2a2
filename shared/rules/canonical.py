"""One way to turn a document into bytes, so that a hash means the same everywhere."""

import hashlib
import json
from typing import Any


def canonical_bytes(document: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces.

    Floats are refused (ValueError): they print differently from one machine to another,
    so a figure with decimals travels as a string.
    """
    _refuse_floats(document)
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(document: Any) -> str:
    """SHA-256 of the canonical bytes, 64 hex digits."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise ValueError(f"{value!r} is a floating-point number: write it as a string")
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _refuse_floats(inner)
