"""Secrets that the program must read again are sealed in the database with keys from outside it."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Unreadable(Exception):
    """Sealed with a key that is not among ours, damaged, or put where it does not belong."""


class Vault:
    """Seals with the first of `keys` and opens with any; what is sealed belongs to one `owner` row."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])

    def seal(self, owner: str, secret: str) -> bytes:
        """AES-128-CBC with HMAC-SHA-256 (Fernet); without the time, which nobody needs to know."""
        return self._fernet.encrypt_at_time(f"{owner}\0{secret}".encode(), 0)

    def open(self, owner: str, sealed: bytes) -> str:
        """The secret; raises Unreadable also for one that was copied from another owner's row."""
        try:
            said, _, secret = self._fernet.decrypt(sealed).decode().partition("\0")
        except InvalidToken as error:
            raise Unreadable from error
        if said != owner:
            raise Unreadable
        return secret


def _derived(key: str) -> bytes:
    made = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"sanji vault").derive(key.encode())
    return base64.urlsafe_b64encode(made)
