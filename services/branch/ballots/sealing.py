"""Envelopes sealed to a box's public key; its private key in two shares, each under a teller's passphrase."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY, SALT = 32, 16
# Each sealing has a key of its own, so the nonce need not differ.
NONCE = bytes(12)
BLANK = 0
# Records grow in steps, so that a ciphertext tells nothing but this.
STEP = 256


class WrongPassphrase(Exception):
    """A passphrase does not open its share."""


@dataclass(frozen=True)
class Keys:
    """A box's public key, and its private key as two wrapped shares (salt and ciphertext)."""

    public: bytes
    shares: tuple[bytes, bytes]


def new_keys(box: bytes, passphrases: Sequence[str]) -> Keys:
    """A key pair whose private half only both passphrases together can open again; `box` binds it."""
    private = X25519PrivateKey.generate()
    plain = private.private_bytes_raw()
    first = secrets.token_bytes(KEY)
    second = bytes(a ^ b for a, b in zip(plain, first, strict=True))
    return Keys(
        private.public_key().public_bytes_raw(),
        (_wrapped(box, passphrases[0], first), _wrapped(box, passphrases[1], second)),
    )


def opened_key(box: bytes, shares: Sequence[bytes], passphrases: Sequence[str]) -> X25519PrivateKey:
    """The private key, in memory. Raises WrongPassphrase without saying which of the two."""
    found = [_unwrapped(box, said, share) for share, said in zip(shares, passphrases, strict=True)]
    if None in found:
        raise WrongPassphrase
    first, second = (share for share in found if share is not None)
    return X25519PrivateKey.from_private_bytes(bytes(a ^ b for a, b in zip(first, second, strict=True)))


def _stretched(passphrase: str, salt: bytes) -> ChaCha20Poly1305:
    key = hash_secret_raw(
        passphrase.strip().encode(),
        salt,
        time_cost=3,
        memory_cost=64 * 1024,
        parallelism=1,
        hash_len=KEY,
        type=Type.ID,
    )
    return ChaCha20Poly1305(key)


def _wrapped(box: bytes, passphrase: str, share: bytes) -> bytes:
    salt = os.urandom(SALT)
    return salt + _stretched(passphrase, salt).encrypt(NONCE, share, box)


def _unwrapped(box: bytes, passphrase: str, wrapped: bytes) -> bytes | None:
    try:
        return _stretched(passphrase, wrapped[:SALT]).decrypt(NONCE, wrapped[SALT:], box)
    except InvalidTag:
        return None


def sealed(public: bytes, box: bytes, record: bytes) -> bytes:
    """A record as only the box's private key can read it; 48 bytes longer than the record."""
    ephemeral = X25519PrivateKey.generate()
    sender = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    return sender + _cipher(shared, sender, public).encrypt(NONCE, record, box)


def unsealed(private: X25519PrivateKey, box: bytes, envelope: bytes) -> bytes:
    """The record in an envelope; raises InvalidTag for one that was not sealed to this box."""
    sender = envelope[:KEY]
    shared = private.exchange(X25519PublicKey.from_public_bytes(sender))
    public = private.public_key().public_bytes_raw()
    return _cipher(shared, sender, public).decrypt(NONCE, envelope[KEY:], box)


def _cipher(shared: bytes, sender: bytes, public: bytes) -> ChaCha20Poly1305:
    derived = HKDF(SHA256(), KEY, salt=sender + public, info=b"sanji ballot 1").derive(shared)
    return ChaCha20Poly1305(derived)


def record_of(choices: Sequence[int]) -> bytes:
    """One byte a subject (BLANK, or the choice's place from 1), padded: all of a box are equally long."""
    length = -(-len(choices) // STEP) * STEP
    return bytes(choices).ljust(length, b"\0")
