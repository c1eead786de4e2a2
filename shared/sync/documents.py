"""Documents that outlive their stream: signed by their author, nested intact by every relay."""

from __future__ import annotations

from uuid import UUID

from shared.contracts.signed import SignedDocument
from shared.sync.keys import PrivateKey
from shared.sync.refusal import Untrusted
from shared.sync.signed import KeyFinder, Signed, sign, verify

DOCUMENT = "document"


def sign_document(key: PrivateKey, node: UUID, body: bytes) -> SignedDocument:
    """Sign a contract's exact bytes as this node."""
    made = sign(key, node, DOCUMENT, body)
    return SignedDocument(body, str(node), made.key, made.algorithm, made.signature)


def verify_document(document: SignedDocument, find: KeyFinder) -> UUID:
    """The node that signed the document's bytes; Untrusted if no key known for it did."""
    try:
        node = UUID(document.node)
    except ValueError as error:
        raise Untrusted("not a node id") from error
    signed = Signed(document.body, DOCUMENT, node, document.key_id, document.algorithm, document.signature)
    verify(signed, DOCUMENT, find)
    return node
