"""The county's side: a role that can read one view of published results, and nothing else of the database."""

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from deploy.local.databases import connect

ROLE = "county_report"
# With the owner's rights: the role has none on any table, and what is not published is not in the view.
_VIEW = """
CREATE OR REPLACE VIEW report.village WITH (security_barrier) AS
SELECT u.code AS county_code, c.year, l.village_code, l.village_name, l.score, l.rank, l.tier,
       t.rulebook_hash, c.synthetic_note <> '' AS synthetic
FROM contest c
JOIN unit u ON u.id = c.unit_id
JOIN LATERAL (SELECT max(p.number) AS number FROM edition_published p WHERE p.contest_id = c.id) p ON true
JOIN edition e ON e.contest_id = c.id AND e.number = p.number
JOIN trial t ON t.id = e.trial_id
JOIN trial_line l ON l.trial_id = t.id AND NOT l.excluded
"""


def offer(admin_url: str, owner_url: str, password: str) -> str:
    """Make role, schema and view on a migrated county database; the address at which they are read.

    Safe to repeat: the role's password is set anew, the view replaced.
    """
    with connect(admin_url) as server:
        _role(server, password)
    with connect(owner_url) as county:
        county.execute("CREATE SCHEMA IF NOT EXISTS report")
        county.execute(_VIEW)
        role = sql.Identifier(ROLE)
        county.execute(sql.SQL("GRANT USAGE ON SCHEMA report TO {}").format(role))
        county.execute(sql.SQL("GRANT SELECT ON report.village TO {}").format(role))
        database = sql.Identifier(county.info.dbname)
        county.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, role))
    url = make_url(owner_url).set(username=ROLE, password=password)
    return url.render_as_string(hide_password=False)


def _role(server: psycopg.Connection, password: str) -> None:
    found = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
    verb = sql.SQL("ALTER ROLE {} {} PASSWORD {}" if found else "CREATE ROLE {} {} PASSWORD {}")
    rights = sql.SQL("LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
    server.execute(verb.format(sql.Identifier(ROLE), rights, sql.Literal(password)))
    limit = sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(sql.Identifier(ROLE))
    server.execute(limit)
