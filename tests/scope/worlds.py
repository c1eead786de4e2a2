"""A second world: the same database with everything outside somebody's sight made other than it was."""

import random
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Integer, String, Table, Text, UniqueConstraint, text

from tests.county import County
from tests.scope.playing import owner, tables
from tests.scope.tree import BELOW

# What is told downwards: rows of the units above that everybody below them may read.
FROM_ABOVE = {"unit", "publication"}
# Every third row is gone, another third is there with other figures and words.
GONE = "('x' || substr(md5(t::text), 1, 6))::bit(24)::int % 3 = 0"


def other_world(county: County, tier: str, unit: str, above: tuple[str, ...]) -> dict[str, int]:
    """Change a tier's rows that `unit` is not to see; how many rows of each table were outside."""
    with owner(county, tier, superuser=True) as connection:
        # Past foreign keys: the other world need not be a consistent one, only another.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        known = {row.code: row.id for row in connection.execute(text("SELECT id, code FROM unit"))}
        own = [known[code] for code in (unit, *BELOW[unit]) if code in known]
        reading = own + [known[code] for code in above if code in known]
        changed = {}
        for name, table in tables(tier).items():
            if table.info["scope"]:
                kept = reading if name in FROM_ABOVE else own
                changed[name] = _change(connection, table, kept)
        _rename(connection, reading)
    return changed


def _change(connection: Connection, table: Table, kept: list[UUID]) -> int:
    where = f't."{table.info["scope"]}" <> ALL(:kept)'
    many = connection.execute(
        text(f'SELECT count(*) FROM "{table.name}" t WHERE {where}'), {"kept": kept}
    ).scalar_one()
    if not many:
        return 0
    if table.name != "unit":
        connection.execute(text(f'DELETE FROM "{table.name}" t WHERE {where} AND {GONE}'), {"kept": kept})
    changes = [change for column in table.columns if (change := _other(table, column))]
    if changes:
        statement = f'UPDATE "{table.name}" t SET {", ".join(changes)} WHERE {where}'
        connection.execute(text(statement), {"kept": kept})
    return int(many)


def _other(table: Table, column: Column[Any]) -> str:
    """How a column is made other: counts and points grow, words change; keys and codes stay."""
    keys = [key for key in table.indexes if key.unique]
    keys += [key for key in table.constraints if isinstance(key, UniqueConstraint)]
    unique = {one.name for key in keys for one in key.columns}
    fixed = column.primary_key or column.unique or column.foreign_keys or column.name in unique
    if fixed or column.name in ("year", "path", "level", "state", "kind", "epoch", "seq", "version"):
        return ""
    name, kind = f'"{column.name}"', column.type
    if isinstance(kind, Boolean):
        return f"{name} = NOT t.{name}"
    if isinstance(kind, Integer):
        return f"{name} = t.{name} + 7"
    if isinstance(kind, Text) or (isinstance(kind, String) and (kind.length or 0) >= 60):
        return f"{name} = left('other ' || t.{name}, 50)"
    return ""


def _rename(connection: Connection, reading: list[UUID]) -> None:
    """Accounts elsewhere are called otherwise."""
    connection.execute(
        text(
            "UPDATE account SET name = left('other ' || name, 60) WHERE id NOT IN"
            " (SELECT account_id FROM post WHERE unit_id = ANY(:reading))"
        ),
        {"reading": reading},
    )


def shuffled(addresses: list[str], many: int, seed: int) -> list[str]:
    """So many of them, in an order of their own."""
    chance = random.Random(seed)
    return chance.sample(sorted(addresses), min(many, len(addresses)))
