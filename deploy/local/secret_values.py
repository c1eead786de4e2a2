"""Passwords and keys of one data directory, made at its first start and kept private."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from deploy.local.errors import StackError
from deploy.local.tiers import ROLES, TIERS

Secrets = dict[str, Any]


def new_secrets() -> Secrets:
    """Fresh values: `postgres`, `redis`, and per tier `app`, `ingest`, `owner`, `secret_key`, `queue_key`."""
    names = (*ROLES, "secret_key", "queue_key")
    tiers = {tier: {name: secrets.token_urlsafe(32) for name in names} for tier in TIERS}
    return {"postgres": secrets.token_urlsafe(32), "redis": secrets.token_urlsafe(32), **tiers}


def load_secrets(path: Path) -> Secrets:
    """Read the file; raises StackError when it is damaged."""
    try:
        found = json.loads(path.read_text())
        return {name: found[name] for name in ("postgres", "redis", *TIERS)}
    except (ValueError, KeyError, TypeError):
        raise StackError(f"{path} is damaged; restore it from a backup (it holds the passwords)") from None


def load_or_create_secrets(path: Path) -> Secrets:
    """Read the file, or make it with fresh values; its mode is 600."""
    if not path.exists():
        write_private(path, json.dumps(new_secrets(), indent=1).encode())
    return load_secrets(path)


def load_or_create_node_key(path: Path) -> Path:
    """The tier's signing key (Ed25519, PEM, mode 600), made when missing."""
    if not path.exists():
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        pem, pkcs8, bare = form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
        write_private(path, Ed25519PrivateKey.generate().private_bytes(pem, pkcs8, bare))
    return path


def write_private(path: Path, content: bytes) -> None:
    """Write a file of mode 600, whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
