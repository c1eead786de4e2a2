"""Signing as this node: whole documents for the tiers below, bare messages for a bundle anyone can check."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.signed import SignedDocument
from shared.sync.documents import sign_document
from shared.sync.keys import KeyRing


@dataclass(frozen=True, slots=True)
class BareSignature:
    """A signature with what is needed to check it."""

    algorithm: str
    key_id: str
    public_key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Signer:
    """A node's hand. The key is read at each use: rotation needs no restart."""

    keys: KeyRing
    node: UUID

    def document(self, body: bytes) -> SignedDocument:
        """`body` as a document of this node."""
        return sign_document(self.keys.current, self.node, body)

    def bare(self, message: bytes) -> BareSignature:
        """A signature over exactly `message`."""
        key = self.keys.current
        return BareSignature(key.public.algorithm, key.public.id, key.public.raw, key.sign(message))
