"""How many rows each tier holds after a run."""

from sqlalchemy import func, inspect, select
from sqlalchemy.sql import table

from deploy.demo.tiers import TIERS_BY_NAME, Tiers, within

LISTED = (
    *("member", "commitment", "claim", "statement", "statement_line", "ballot_total", "grade_line"),
    *("outcome_case", "outcome_word", "received_statement", "received_appraisal", "approved_statement"),
    *("ledger_line", "grade", "outbox", "inbox", "audit_event"),
)


def row_counts(tiers: Tiers) -> dict[str, dict[str, int]]:
    """Rows of the tables that grow with the county, by tier and table."""
    found: dict[str, dict[str, int]] = {}
    for name in TIERS_BY_NAME:
        with within(getattr(tiers, name)) as session:
            there = set(inspect(session.connection()).get_table_names())
            found[name] = {
                one: session.scalar(select(func.count()).select_from(table(one))) or 0
                for one in LISTED
                if one in there
            }
    return found
