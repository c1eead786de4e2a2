"""The worker's part of closing a year: one piece of it per ring, each in a transaction of its own."""

from services.county.years.closing import closings_under_way, go_on
from shared.kit.scope import EVERYTHING
from shared.sync.runtime import Runtime


def close_years(runtime: Runtime) -> bool:
    """Go on with every closing under way; whether more is left."""
    with runtime.database.transaction(EVERYTHING) as session:
        under_way = closings_under_way(session)
    more = False
    for year in under_way:
        with runtime.database.transaction(EVERYTHING) as session:
            more = go_on(session, runtime.signer(), year, runtime.settings.clock()) or more
    return more
