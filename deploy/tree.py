"""A county's real tree from a CSV of townships, villages and general branches (see deploy/data/README.md)."""

import csv
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import click

COLUMNS = ("township_code", "township_name", "village_code", "village_name")
OPTIONAL = ("general_code", "general_name")
SIYANG = "泗阳县"


@dataclass(frozen=True)
class Place:
    """A unit of the tree: its statistical code, its name, and its kind where the name does not tell."""

    code: str
    name: str
    kind: str = ""


@dataclass(frozen=True)
class Tree:
    """A county, its townships in order, each township's villages and general branches.

    `under` names the general branch of those villages that stand under one, both by code.
    """

    county: Place
    townships: tuple[Place, ...]
    villages: dict[str, tuple[Place, ...]]
    digest: str
    generals: dict[str, tuple[Place, ...]] = field(default_factory=dict)
    under: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many villages there are."""
        return sum(map(len, self.villages.values()))


def shipped_tree() -> Tree:
    """Siyang county: 16 township-level units, 243 villages."""
    return read_tree(Path(str(files("deploy") / "data" / "siyang_321323.csv")), SIYANG)


def read_tree(path: Path, county: str) -> Tree:
    """Read a tree; raises click.ClickException naming the row that does not fit."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad(path, "is not UTF-8 text: save it as CSV UTF-8") from error
    except OSError as error:
        raise _bad(path, f"cannot be read: {error.strerror}") from error
    reader = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        raise _bad(path, f"lacks the column {missing[0]}; it needs {', '.join(COLUMNS)}")
    townships: dict[str, Place] = {}
    villages: dict[str, list[Place]] = {}
    seen: set[str] = set()
    generals: dict[str, tuple[str, Place]] = {}
    under: dict[str, str] = {}
    for number, row in enumerate(reader, 2):
        _check_row(path, number, row, seen, townships)
        townships.setdefault(row["township_code"], Place(row["township_code"], row["township_name"]))
        villages.setdefault(row["township_code"], []).append(Place(row["village_code"], row["village_name"]))
        if (row.get("general_code") or "").strip() or (row.get("general_name") or "").strip():
            _check_general(path, number, row, generals)
            under[row["village_code"]] = row["general_code"]
    if not seen:
        raise _bad(path, "holds no village")
    if taken := seen & set(generals):
        raise _bad(path, f"gives {min(taken)} to a village and to a general branch")
    code = next(iter(townships))[:6]
    ordered = {key: tuple(places) for key, places in villages.items()}
    made: dict[str, tuple[Place, ...]] = {}
    for township, general in generals.values():
        made[township] = (*made.get(township, ()), general)
    digest = sha256(raw).hexdigest()
    return Tree(Place(code, county), tuple(townships.values()), ordered, digest, made, under)


def _check_row(
    path: Path, number: int, row: dict[str, str], seen: set[str], townships: dict[str, Place]
) -> None:
    for name in COLUMNS:
        if not (row.get(name) or "").strip():
            raise _bad(path, f"row {number} has no {name}")
    code, township = row["village_code"], row["township_code"]
    if code in seen:
        raise _bad(path, f"row {number} repeats the village code {code}")
    if not (code.isascii() and code.isdigit() and len(code) == 12 and code.startswith(township)):
        raise _bad(
            path, f"row {number}: {code} is not twelve digits that begin with its township's {township}"
        )
    if not code.startswith(township[:6]) or (townships and township[:6] != next(iter(townships))[:6]):
        raise _bad(path, f"row {number}: {code} does not lie in the county of the rows before it")
    known = townships.get(township)
    if known and known.name != row["township_name"]:
        raise _bad(path, f"row {number} names township {township} differently from the rows before it")
    seen.add(code)


def _check_general(
    path: Path, number: int, row: dict[str, str], generals: dict[str, tuple[str, Place]]
) -> None:
    """Both columns or neither; one name and one township per general branch."""
    for name in OPTIONAL:
        if not (row.get(name) or "").strip():
            raise _bad(path, f"row {number} has no {name}")
    code, township = row["general_code"], row["township_code"]
    if not (code.isascii() and code.isdigit() and len(code) == 12 and code.startswith(township)):
        raise _bad(
            path, f"row {number}: {code} is not twelve digits that begin with its township's {township}"
        )
    place = Place(code, row["general_name"])
    if generals.setdefault(code, (township, place)) != (township, place):
        raise _bad(path, f"row {number} names general branch {code} differently from the rows before it")


def _bad(path: Path, problem: str) -> click.ClickException:
    error = click.ClickException(f"{path} {problem}")
    error.exit_code = 2
    return error
