"""Ed25519 keys of a node. The algorithm is named wherever a signature travels (SM2 may be asked for)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHM = "Ed25519"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Raw public key bytes and the algorithm they belong to."""

    raw: bytes
    algorithm: str = ALGORITHM

    @property
    def id(self) -> str:
        """32 hexadecimal digits of the key's sha256."""
        return sha256(self.algorithm.encode() + b":" + self.raw).hexdigest()[:32]

    @property
    def first_node(self) -> UUID:
        """The id of a node that enrols with this as its first key: the same again after a crash."""
        return UUID(bytes=sha256(b"node:" + self.raw).digest()[:16], version=5)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether this key made the signature over the message."""
        if self.algorithm != ALGORITHM:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class PrivateKey:
    """A signing key and its public half."""

    def __init__(self, secret: Ed25519PrivateKey) -> None:
        self._secret = secret
        self.public = PublicKey(secret.public_key().public_bytes_raw())

    @classmethod
    def from_seed(cls, seed: bytes) -> PrivateKey:
        """The key of 32 secret bytes."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_pem(cls, text: bytes) -> PrivateKey:
        """Read an unencrypted PKCS8 PEM; ValueError for any other kind of key."""
        secret = serialization.load_pem_private_key(text, password=None)
        if not isinstance(secret, Ed25519PrivateKey):
            raise ValueError("the node key is not an Ed25519 key")
        return cls(secret)

    def pem(self) -> bytes:
        """The key as unencrypted PKCS8 PEM."""
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return self._secret.private_bytes(encoding, form, serialization.NoEncryption())

    def sign(self, message: bytes) -> bytes:
        """64 bytes of signature."""
        return self._secret.sign(message)


class KeyRing(Protocol):
    """A node's own keys. They live outside the database, so that restoring it does not take them back."""

    @property
    def current(self) -> PrivateKey:
        """The key that signs now."""

    @property
    def pending(self) -> PrivateKey | None:
        """The key whose registration has begun."""

    def public(self, key_id: str) -> PublicKey | None:
        """One of the node's own keys, present or past."""

    def prepare(self, key: PrivateKey) -> None:
        """Keep a new key safe before anyone is told of it."""

    @property
    def changes(self) -> Sequence[bytes]:
        """Signed notices of this node's key changes, oldest first."""

    def promote(self, change: bytes) -> None:
        """The pending key becomes the current one; the old public half and the signed notice are kept."""


class MemoryKeys:
    """A key ring that is gone with the process: for tests and the simulator."""

    def __init__(self, current: PrivateKey) -> None:
        self.current = current
        self.pending: PrivateKey | None = None
        self.retired: dict[str, PublicKey] = {}
        self.changes: list[bytes] = []

    def public(self, key_id: str) -> PublicKey | None:
        """One of the node's own keys, present or past."""
        known = {**self.retired, self.current.public.id: self.current.public}
        return known.get(key_id)

    def prepare(self, key: PrivateKey) -> None:
        """Keep a new key before anyone is told of it."""
        self.pending = key

    def promote(self, change: bytes) -> None:
        """The pending key becomes the current one."""
        if self.pending is not None:
            self.retired[self.current.public.id] = self.current.public
            self.changes.append(change)
            self.current, self.pending = self.pending, None


class FileKeys:
    """Keys beside each other: `FILE` (current), `FILE.next` (being registered), `FILE.retired` (public).

    Several processes share them: a change made by one is seen by the others at the next use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[object, ...] = ()
        self._ring = self._fresh()

    @property
    def current(self) -> PrivateKey:
        """The key that signs now."""
        return self._fresh().current

    @property
    def pending(self) -> PrivateKey | None:
        """The key whose registration has begun."""
        return self._fresh().pending

    def public(self, key_id: str) -> PublicKey | None:
        """One of the node's own keys, present or past."""
        return self._fresh().public(key_id)

    def prepare(self, key: PrivateKey) -> None:
        """Write the new key to `FILE.next`."""
        write_secret(self._beside("next"), key.pem())

    @property
    def changes(self) -> Sequence[bytes]:
        """Signed notices of key changes, oldest first."""
        return self._fresh().changes

    def promote(self, change: bytes) -> None:
        """`FILE.next` takes the place of `FILE`: one rename, so a crash leaves either the old or the new."""
        if self.pending is None:
            return
        retired = self._beside("retired")
        kept = retired.read_bytes() if retired.exists() else b""
        write_secret(retired, kept + f"{self.current.public.raw.hex()} {change.hex()}\n".encode())
        self._beside("next").replace(self._path)

    def _fresh(self) -> MemoryKeys:
        stamp = tuple(map(_stamp, (self._path, self._beside("next"), self._beside("retired"))))
        if stamp != self._stamp:
            self._ring, self._stamp = self._load(), stamp
        return self._ring

    def _load(self) -> MemoryKeys:
        ring = MemoryKeys(PrivateKey.from_pem(self._path.read_bytes()))
        if self._beside("next").exists():
            ring.pending = PrivateKey.from_pem(self._beside("next").read_bytes())
        if self._beside("retired").exists():
            lines = [line.split() for line in self._beside("retired").read_text().splitlines()]
            # A crash between the two writes of a change leaves a key twice: the last one counts.
            kept = {PublicKey(bytes.fromhex(raw)): bytes.fromhex(change) for raw, change in lines}
            ring.retired = {key.id: key for key in kept}
            ring.changes = list(kept.values())
        return ring

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(f"{self._path.name}.{suffix}")


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def write_secret(path: Path, content: bytes) -> None:
    """Write a file only its owner may read, complete or not at all."""
    draft = path.with_name(path.name + ".draft")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load_or_make(path: Path, seed: Callable[[int], bytes] = os.urandom) -> FileKeys:
    """The key ring of a file, made on first use with 32 bytes of the given randomness."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_secret(path, PrivateKey.from_seed(seed(32)).pem())
    return FileKeys(path)
