"""How many rows each tier holds after a run."""

from sqlalchemy import text

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
            there = set(session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
            found[name] = {
                table: session.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0  # noqa: S608
                for table in LISTED
                if table in there
            }
    return found
