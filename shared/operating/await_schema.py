"""`python -m shared.operating.await_schema TIER`: end when the tier's database is migrated for this program.

What starts beside the migration waits so for it; exit 1 after ten minutes.
"""

import sys
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from shared.kit.revisions import Schema
from shared.kit.settings import Settings
from shared.operating.watching import Watch

PATIENCE = 600.0
EVERY = 2.0


def migrated(look: Callable[[], Schema], sleep: Callable[[float], None] = time.sleep) -> bool:
    """Look until the database is not behind; False when patience ends."""
    for _ in range(int(PATIENCE / EVERY)):
        try:
            if look() is not Schema.BEHIND:
                return True
        except SQLAlchemyError:
            pass  # not there yet
        sleep(EVERY)
    return False


if __name__ == "__main__":
    settings = Settings.from_env(sys.argv[1])
    sys.exit(0 if migrated(Watch(settings.tier, settings.database_url).schema) else 1)
