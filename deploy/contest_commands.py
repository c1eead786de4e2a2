"""`sanji contest`: grade a table, print the rulebook, make a template, verify a published contest.

All of it runs without a server or a database. Exit code 2 means the input was refused and nothing was
written; 1 means a bundle was recomputed and differs.
"""

import csv
import gzip
import io
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import click
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from deploy.contest_grading import grade_table
from deploy.contest_table import REQUIRED, BadInput, Complaints, Table, code_problem, harmless, read_bytes
from deploy.stack_commands import data_option
from shared.rulebooks import contest_default_bytes
from shared.rules.bundle import Difference, verify_bundle
from shared.rules.document import DocumentError
from shared.rules.rulebook import Rulebook, parse_rulebook
from shared.rules.villages import group_of

_LARGEST_BUNDLE = 512 * 1024 * 1024  # bytes once unpacked: a county's is under 1 MB


@click.group()
def contest() -> None:
    """Grade villages, make tables, verify a published contest: no server needed. `export` writes a bundle."""


@contest.command("grade")
@click.argument("table", metavar="IN.csv")
@click.option("--rulebook", "rulebook_file", required=True, metavar="FILE", help="The rulebook (JSON).")
@click.option("--out", required=True, metavar="OUT.csv", help="Where the result goes ('-': standard output).")
def grade_command(table: str, rulebook_file: str, out: str) -> None:
    """Grade IN.csv by a rulebook, as a what-if: villages equal in everything are taken by code.

    IN has village_code, village_name, group and one column per indicator (its code or its Chinese name);
    a column `vetoes` may hold event codes parted by ';'. Villages compete within their `group`. A row whose
    indicators are all blank is a missing return. UTF-8 or GB18030. OUT has IN's columns and score, rank,
    tier, reason. A bad cell is named by row (the header is row 1) and column; then nothing is written.
    """
    rulebook = _rulebook(rulebook_file)
    _not_an_input(out, table, rulebook_file)
    source = Table.open(table)
    with _written(out) as stream:
        summary = grade_table(source, rulebook, stream)
    click.echo(summary, err=True)


@contest.group("rulebook")
def rulebook_group() -> None:
    """Rulebooks."""


@rulebook_group.command("default")
def default_command() -> None:
    """Print the shipped rulebook, to be amended and given to the other commands."""
    click.echo(contest_default_bytes(), nl=False)


@contest.command("template")
@click.option("--rulebook", "rulebook_file", required=True, metavar="FILE", help="The rulebook (JSON).")
@click.option("--villages", metavar="TREE.csv", help="One row per village of this tree.")
@click.option("--vetoes", is_flag=True, help="Add the column for recorded events.")
@click.option("--excel", is_flag=True, help="Begin with the mark by which Excel knows UTF-8.")
@click.option("--out", required=True, metavar="IN.csv", help="Where the table goes ('-': standard output).")
def template_command(rulebook_file: str, villages: str | None, vetoes: bool, excel: bool, out: str) -> None:
    """Write a table with the right columns for `grade`, and one row per village.

    TREE.csv has the columns township_code, township_name, village_code, village_name.
    """
    rulebook = _rulebook(rulebook_file)
    _not_an_input(out, rulebook_file, villages)
    columns = [*REQUIRED, *(item.code for item in rulebook.indicators), *(["vetoes"] if vetoes else [])]
    rows = _village_rows(Table.open(villages), rulebook) if villages else []
    with _written(out) as stream:
        stream.write("\ufeff" if excel else "")
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([*row, *[""] * (len(columns) - len(row))] for row in rows)
    click.echo(f"wrote {len(rows):,} villages, {len(columns)} columns", err=True)


@contest.command("export")
@data_option
@click.option("--year", required=True, type=int, help="Which contest.")
@click.option("--edition", type=int, help="Which edition of it. [default: the one in force]")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The bundle's file."
)
def export_command(data: Path, year: int, edition: int | None, out: Path) -> None:
    """Write a published contest as a bundle that anybody can verify.

    This one needs the county's running stack (or SANJI_COUNTY_… settings in the environment).
    """
    from deploy.tier_access import runtime_of
    from services.county.contest.bundles import NotReproducible, bundle_of_year, written
    from shared.kit.errors import Absent
    from shared.kit.scope import EVERYTHING

    with runtime_of("county", data) as runtime, runtime.database.transaction(EVERYTHING) as session:
        try:
            content = written(bundle_of_year(session, year, edition))
        except Absent:
            raise BadInput(
                f"no published contest of {year}" + (f", edition {edition}" if edition else "")
            ) from None
        except NotReproducible as error:
            raise BadInput(f"what is stored does not give the signed result: {error}") from error
    try:
        out.write_bytes(content)
    except OSError as error:
        raise BadInput(f"{out}: cannot be written: {error.strerror}") from error
    click.echo(f"wrote {out}: {len(content):,} bytes")


@contest.command("verify")
@click.argument("bundle", metavar="BUNDLE")
@click.option("--public-key", metavar="BASE64", help="Require a signature by this Ed25519 key (raw, base64).")
@click.option("--allow-unsigned", is_flag=True, help="A bundle without any signature may be 'same' too.")
def verify_command(bundle: str, public_key: str | None, allow_unsigned: bool) -> None:
    """Recompute a published contest from its bundle (.json or .json.gz) and compare.

    Says 'same' (exit 0), or names the first difference (exit 1); without a signature it is exit 1 too,
    unless allowed. A signature covers the result, its inputs, the rulebook and who published, and proves that
    the holder of the key in the bundle signed it; whose key it is you learn from the county, by --public-key.
    """
    document = _json(bundle, _unpacked(bundle))
    try:
        verdict = verify_bundle(document, _holds)
    except DocumentError as error:
        raise BadInput(f"{bundle}: {error} — {error.message}") from error
    if verdict.differences:
        click.echo(_told(verdict.differences[0]))
        for difference in verdict.differences[1:]:
            if not difference.village:
                click.echo(f"also {_told(difference)}")
        raise SystemExit(1)
    if public_key and public_key not in {one["public_key"] for one in document["signatures"]}:
        click.echo(f"differs: no signature by the key {public_key}")
        raise SystemExit(1)
    if not verdict.signers and not allow_unsigned:
        click.echo(
            f"not signed: {verdict.villages:,} villages recompute to the same, but no key answers for it"
        )
        raise SystemExit(1)
    signed = f"signed by key {', '.join(verdict.signers)}" if verdict.signers else "not signed"
    click.echo(f"same: {verdict.villages:,} villages, {signed}")


def _not_an_input(out: str, *inputs: str | None) -> None:
    """Refuse to write the result over what it is made from."""
    for name in inputs:
        if name and "-" not in (name, out) and os.path.realpath(name) == os.path.realpath(out):
            raise BadInput(f"{out}: is the input itself; give another file")


def _told(difference: Difference) -> str:
    where = f"village {difference.village}, " if difference.village else ""
    stated, recomputed = (
        json.dumps(v, ensure_ascii=False) for v in (difference.stated, difference.recomputed)
    )
    return f"differs: {where}{difference.field}: stated {stated}, recomputed {recomputed}"


def _holds(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _unpacked(path: str) -> bytes:
    data = read_bytes(path)
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            plain = stream.read(_LARGEST_BUNDLE + 1)
    except (OSError, EOFError) as error:
        raise BadInput(f"{path}: damaged gzip file ({error}); fetch it again") from error
    if len(plain) > _LARGEST_BUNDLE:
        raise BadInput(f"{path}: larger than {_LARGEST_BUNDLE >> 20} MB when unpacked; this is no bundle")
    return plain


def _json(path: str, data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_no_doubles)
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text; save it as UTF-8") from error
    except RecursionError as error:
        raise BadInput(f"{path}: nested too deeply; this is no such document") from error
    except ValueError as error:
        raise BadInput(f"{path}: not valid JSON: {error}") from error


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"'{twice}' is given twice in one object: keep one")
    return found


def _rulebook(path: str) -> Rulebook:
    try:
        return parse_rulebook(_json(path, read_bytes(path)))
    except DocumentError as error:
        raise BadInput(f"{path}: {error} — {error.message}") from error


def _village_rows(tree: Table, rulebook: Rulebook) -> list[list[str]]:
    wanted = ("village_code", "village_name")
    places = tree.places(wanted)
    tree.require(wanted, places, "a tree has township_code,township_name,village_code,village_name")
    complaints, rows, seen = Complaints(tree.path), [], set()
    for number, row in tree.rows():
        code, name = row[places["village_code"]].strip(), row[places["village_name"]].strip()
        if problem := code_problem(code) or (f"'{code}' is given twice: keep one" if code in seen else ""):
            complaints.add(number, "village_code", problem)
        if not name:
            complaints.add(number, "village_name", "is empty: write the village's name")
        if complaints.enough:
            break
        seen.add(code)
        rows.append([code, harmless(name), group_of(rulebook, code, name)])
    complaints.refuse()
    return rows


@contextmanager
def _written(out: str) -> Iterator[TextIO]:
    """A text stream that becomes `out` only when everything went well (beside it, then renamed)."""
    if out == "-" or _is_stream(out):
        collected = io.StringIO(newline="")
        yield collected
        data = collected.getvalue().encode()
        if out == "-":
            click.echo(data, nl=False)
            return
        try:
            Path(out).write_bytes(data)
        except OSError as error:
            raise BadInput(f"{out}: cannot be written: {error.strerror}") from error
        return
    final = Path(os.path.realpath(out))
    part = final.with_name(f".{final.name}.{os.getpid()}.part")
    try:
        if final.is_dir():
            raise IsADirectoryError(21, "is a directory")
        if final.exists() and not os.access(final, os.W_OK):
            raise PermissionError(13, "the file there may not be changed")
        with part.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        part.replace(final)
    except OSError as error:
        raise BadInput(f"{out}: cannot be written: {error.strerror}; nothing was written") from error
    finally:
        with suppress(OSError):
            part.unlink()


def _is_stream(out: str) -> bool:
    """A device or pipe such as /dev/stdout cannot be renamed over."""
    try:
        mode = os.stat(out).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


if __name__ == "__main__":
    contest()
