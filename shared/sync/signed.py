"""Signed documents: exact bytes, who signed them and with which key. They nest intact through a relay."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import msgspec

from shared.sync.keys import PrivateKey, PublicKey
from shared.sync.refusal import Untrusted

KeyFinder = Callable[[UUID, str], PublicKey | None]
"""Looks a key up: (node, key id) → the public key, or None if that node is not known by it."""


class Signed(msgspec.Struct, frozen=True, array_like=True):
    """`content` as its author wrote it; the signature covers purpose, node, key, algorithm and content."""

    content: bytes
    purpose: str
    node: UUID
    key: str
    algorithm: str
    signature: bytes

    def encode(self) -> bytes:
        """The document as bytes, to be stored or nested."""
        return msgspec.msgpack.encode(self)


def read(raw: bytes) -> Signed:
    """Read a document; Untrusted if it is none. Its signature is not checked here."""
    try:
        return msgspec.msgpack.decode(raw, type=Signed)
    except msgspec.MsgspecError as error:
        raise Untrusted("not a signed document") from error


def sign(key: PrivateKey, node: UUID, purpose: str, content: bytes) -> Signed:
    """Sign content for one purpose: a signature made for one is worthless for another."""
    public = key.public
    message = _message(content, purpose, node, public.id, public.algorithm)
    return Signed(content, purpose, node, public.id, public.algorithm, key.sign(message))


def verify(document: Signed, purpose: str, find: KeyFinder) -> bytes:
    """The content, if a key known for that node signed it for that purpose; Untrusted otherwise."""
    if document.purpose != purpose:
        raise Untrusted(f"signed as {document.purpose!r}, not as {purpose!r}")
    key = find(document.node, document.key)
    if key is None or key.id != document.key or key.algorithm != document.algorithm:
        raise Untrusted("signed with an unknown key")
    message = _message(document.content, purpose, document.node, document.key, document.algorithm)
    if not key.verifies(document.signature, message):
        raise Untrusted("the signature is not valid")
    return document.content


def _message(content: bytes, purpose: str, node: UUID, key: str, algorithm: str) -> bytes:
    return msgspec.msgpack.encode(["sanji/1", purpose, node, key, algorithm, content])
