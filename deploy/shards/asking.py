"""The province's question: how each county's contest came out, asked of all counties at once."""

from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from deploy.shards.joining import TABLE, leaf_of

# Asked for on the coordinator: each county counts its own villages, one row of each travels.
QUESTION = f"""
SELECT county_code, count(*) AS villages, count(*) FILTER (WHERE tier = 1) AS first,
       count(*) FILTER (WHERE tier = 2) AS second, count(*) FILTER (WHERE tier = 3) AS third,
       count(*) FILTER (WHERE tier = 4) AS fourth, sum(score) AS score, max(score) AS best,
       bool_or(synthetic) AS synthetic
FROM {TABLE} WHERE year = %(year)s AND county_code = ANY(%(counties)s)
GROUP BY county_code ORDER BY county_code
"""  # noqa: S608 — of constants
_LEAVES = (
    "SELECT right(c.relname, -length(%(table)s) - 1) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " JOIN pg_class p ON p.oid = i.inhparent WHERE p.relname = %(table)s ORDER BY 1"
)


class Answer(NamedTuple):
    """What the counties said (scores in hundredths), who was away, and who spoke for another."""

    rows: list[tuple[Any, ...]]
    away: dict[str, str]
    false: list[str]


def counties(coordinator: psycopg.Connection) -> list[str]:
    """Codes of the counties that were joined."""
    return [row[0] for row in coordinator.execute(_LEAVES, {"table": TABLE})]


def ask(coordinator: psycopg.Connection, year: int) -> Answer:
    """The published contests of a year, county by county; one that is away stops no other, and is named."""
    away: dict[str, str] = {}
    false: list[str] = []
    for code in counties(coordinator):
        # A partition's bound is not enforced on a foreign server: whoever gives rows of another is left out.
        check = sql.SQL("SELECT EXISTS (SELECT 1 FROM {} WHERE county_code <> {})")
        leaf = sql.Identifier(leaf_of(code))
        try:
            told = coordinator.execute(check.format(leaf, sql.Literal(code))).fetchone()
        except psycopg.Error as error:
            away[code] = str(error).splitlines()[0]
            continue
        if told and told[0]:
            false.append(code)
    asked = [code for code in counties(coordinator) if code not in away and code not in false]
    coordinator.execute("SET enable_partitionwise_aggregate = on")
    rows = coordinator.execute(QUESTION, {"year": year, "counties": asked}).fetchall()
    return Answer(rows, away, false)
