"""loop_closed

Revision: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("ALTER TABLE claim SET (fillfactor = 30)")


def downgrade() -> None:
    """Take back."""
    op.execute("ALTER TABLE claim SET (fillfactor = 40)")
