"""`python -m services.branch.migrate`: bring this tier's database to the newest version."""

from services.branch.roles import PERSONAL, ROLES
from services.branch.tables import METADATAS
from shared.kit.accounts import seed_roles
from shared.kit.db import Database
from shared.kit.migrations import migrate
from shared.kit.scope import EVERYTHING
from shared.kit.settings import Settings


def migrate_tier(settings: Settings) -> None:
    """Tables, protection, shipped roles; safe to repeat."""
    migrate(settings.owner_database_url, "branch", METADATAS)
    database = Database(settings.database_url, settings.ingest_database_url)
    with database.transaction(EVERYTHING) as session:
        seed_roles(session, ROLES, PERSONAL)
    database.dispose()


if __name__ == "__main__":
    migrate_tier(Settings.from_env("branch"))
