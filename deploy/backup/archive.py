"""The backup's file: a tar of what it is (`backup.json`) and the database as pg_dump writes it."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.errors import StackError

FORMAT = 1
_ABOUT, _DUMP = "backup.json", "database.dump"


@dataclass(frozen=True)
class About:
    """What a backup holds: whose database, when it was read, at which version, and the dump's SHA-256."""

    tier: str
    node: str
    made_at: str
    revision: str
    sha256: str
    format: int = FORMAT


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """A folder beside `target` for what is not finished; it goes, whatever happens."""
    if target.exists():
        raise StackError(f"{target} is there already; a backup never overwrites another")
    if not target.parent.is_dir():
        raise StackError(f"there is no folder {target.parent}")
    with TemporaryDirectory(prefix=".sanji-backup-", dir=target.parent) as folder:
        yield Path(folder)


def digest(file: Path) -> str:
    """SHA-256 of a file, 64 hex digits."""
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


def pack(target: Path, dump: Path, about: About) -> None:
    """Write the file for its owner alone, whole or not at all; one cut off by a kill is refused later."""
    described = dump.with_name(_ABOUT)
    described.write_text(json.dumps(asdict(about), indent=1))
    try:
        # Made anew, never in the place of a file that came meanwhile; sticks and shares know no links.
        with open(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                archive.add(described, _ABOUT)
                archive.add(dump, _DUMP)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise StackError(f"{target} is there already; a backup never overwrites another") from None
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def unpack(source: Path, folder: Path) -> tuple[About, Path]:
    """What a backup holds, and its dump in `folder`. StackError: not one of ours, or damaged."""
    try:
        with tarfile.open(source, "r:") as archive:
            described = archive.extractfile(_ABOUT)
            if described is None:
                raise KeyError(_ABOUT)
            about = About(**json.loads(described.read()))
            archive.extract(_DUMP, folder, filter="data")
    except (tarfile.TarError, KeyError, TypeError, ValueError) as error:
        raise StackError(f"{source} is not a backup of Sanji, or is cut off ({error})") from None
    if about.format != FORMAT:
        raise StackError(f"{source} has format {about.format}; this Sanji reads format {FORMAT}")
    if digest(folder / _DUMP) != about.sha256:
        raise StackError(f"{source} is damaged: its database does not have the SHA-256 it was written with")
    return about, folder / _DUMP
