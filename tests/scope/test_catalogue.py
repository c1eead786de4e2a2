"""What the database itself says about row-level security: roles, policies, views, functions, keys.

That each table is protected as declared is in tests/laws/test_tables.py; here is what could get around it.
"""

import pytest
from sqlalchemy import UniqueConstraint, text

from shared.kit.scope import ABOVE, EVERYBODY, IN_SCOPE, PERSON, UNITS
from tests.scope.playing import TIERS, owner, tables

# Keys from outside the unit, with why they tell nobody anything. (table, column) → reason.
BY_A_RANDOM_ID = "an id of 74 random bits, read under the asker's own scope before a row is put below it"
OF_THE_COUNTY = "a table of the county itself, whose every role sees all of it"
KEYS_OUTSIDE = {
    ("unit", "parent_id"): "units are entered by the county alone, below by ingest",
    ("unit", "successor_id"): "units are entered by the county alone, below by ingest",
    ("post", "unit_id"): "given under accounts.manage, over all units",
    ("ballot_mark", "box_id"): BY_A_RANDOM_ID,
    **{(f"ranking_{one}", "ranking_id"): BY_A_RANDOM_ID for one in ("line", "objection", "shown")},
    ("spot_look", "statement_id"): BY_A_RANDOM_ID,
    ("contest", "rulebook_hash"): OF_THE_COUNTY,
    ("objection_answer", "objection_id"): OF_THE_COUNTY,
    **{
        (one, "contest_id"): OF_THE_COUNTY
        for one in (
            *("correction", "course_event", "filing_leave", "tie_decision", "trial", "edition"),
            *("account_request",),
        )
    },
    ("edition", "trial_id"): OF_THE_COUNTY,
    ("trial_line", "trial_id"): OF_THE_COUNTY,
}
# Unique without the unit, and no random id: a clash would tell that somebody else has that value.
STREAM = "numbers of a stream, which names its unit"
MADE_INSIDE = "counted by the database, never chosen by anybody"
UNIQUE_OUTSIDE = {
    ("audit_event", "id"): MADE_INSIDE,
    ("outbox", "id"): MADE_INSIDE,
    **{(one, "stream, seq"): STREAM for one in ("inbox", "outbox", "quarantine", "recovered")},
    ("unit", "code"): "statistical codes are public, and entered by the county alone",
    ("ballot_slip", "handle"): "drawn by chance until one is free; with it a slip is found before sign-in",
    ("member_year", "year"): OF_THE_COUNTY,
    ("year_closing", "year"): OF_THE_COUNTY,
    ("rulebook", "hash"): OF_THE_COUNTY,
}
ROLES = text(
    "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
    " ARRAY(SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
    " WHERE m.member = pg_roles.oid) AS member_of FROM pg_roles WHERE rolname LIKE :tier || '\\_%'"
)
POLICIES = text(
    "SELECT c.relname, p.polcmd, p.polpermissive, p.polroles = '{0}' AS everybody,"
    " pg_get_expr(p.polqual, p.polrelid) AS qual, pg_get_expr(p.polwithcheck, p.polrelid) AS checked"
    " FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
)
OTHERS = text(
    "SELECT c.relname, c.relkind, c.reloptions FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
    " AND c.relkind IN ('v', 'm', 'f', 'p')"
)
FUNCTIONS = text(
    "SELECT p.proname, p.prosecdef FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
    " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')"
)


@pytest.fixture(scope="module", params=TIERS)
def catalogue(request, county):
    """A tier and a connection of its owner."""
    with owner(county, request.param) as connection:
        yield request.param, connection


def test_the_application_role_gets_around_nothing(catalogue):
    tier, connection = catalogue
    found = {row.rolname: row for row in connection.execute(ROLES, {"tier": tier})}
    app = found[f"{tier}_app"]
    assert (app.rolsuper, app.rolbypassrls, app.rolcreaterole, app.rolcreatedb) == (False,) * 4
    assert list(app.member_of) == []
    assert not any(row.rolsuper for row in found.values())


def test_every_scoped_table_has_one_policy_for_everybody_and_everything_in_the_fast_form(catalogue):
    tier, connection = catalogue
    scoped = {name for name, table in tables(tier).items() if table.info["scope"]}
    found = connection.execute(POLICIES).all()
    assert sorted(row.relname for row in found) == sorted(scoped)
    # Each setting is read in a subselect, once a statement, never once a row.
    settings = {one: one.count("current_setting") for one in (IN_SCOPE, UNITS, ABOVE, EVERYBODY, PERSON)}
    assert set(settings.values()) == {1}
    for row in found:
        assert (row.polcmd, row.polpermissive, row.everybody) == ("*", True, True), row.relname
        assert row.qual == row.checked, row.relname
        assert row.qual.count("current_setting") == row.qual.count("( SELECT"), row.relname


def test_no_view_no_foreign_table_and_no_function_of_ours_reads_as_somebody_else(catalogue):
    _tier, connection = catalogue
    unsafe = [
        row.relname
        for row in connection.execute(OTHERS)
        if row.relkind != "v" or "security_invoker=true" not in (row.reloptions or [])
    ]
    assert unsafe == []
    assert [row.proname for row in connection.execute(FUNCTIONS) if row.prosecdef] == []


def test_keys_that_reach_outside_the_unit_are_on_the_written_list(catalogue):
    tier, _connection = catalogue
    known = tables(tier)
    reaching = set()
    for table in known.values():
        for key in table.foreign_key_constraints:
            other, scope = known[key.referred_table.name].info["scope"], table.info["scope"]
            pairs = {(one.parent.name, one.column.name) for one in key.elements}
            if other and (scope, other) not in pairs:
                reaching.add((table.name, key.elements[0].parent.name))
    assert reaching <= set(KEYS_OUTSIDE)


def test_what_is_unique_beyond_the_unit_is_on_the_written_list(catalogue):
    tier, _connection = catalogue
    found = set()
    for table in tables(tier).values():
        keys = [list(table.primary_key.columns)]
        keys += [list(one.columns) for one in table.constraints if isinstance(one, UniqueConstraint)]
        keys += [list(one.columns) for one in table.indexes if one.unique]
        for columns in keys if table.info["scope"] else []:
            guessed = not any(one.type.python_type.__name__ in ("UUID", "bytes") for one in columns)
            if guessed and table.info["scope"] not in {one.name for one in columns}:
                found.add((table.name, ", ".join(one.name for one in columns)))
    assert found <= set(UNIQUE_OUTSIDE)
