"""A document that travels whole: the exact bytes its author signed, nested intact by every relay."""

import msgspec


class SignedDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`body` is the JSON of the inner contract, which names its own kind (see documents.py)."""

    body: bytes
    node: str
    key_id: str
    algorithm: str
    signature: bytes
