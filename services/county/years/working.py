"""The worker's part of closing a year: one piece of it per ring, each in a transaction of its own."""

import structlog

from services.county.years.closing import closings_under_way, go_on, put_off
from shared.kit.scope import EVERYTHING
from shared.sync.runtime import Runtime

log = structlog.get_logger()


def close_years(runtime: Runtime) -> bool:
    """Go on with every closing under way; whether more is left. One that fails says so and stops no other."""
    with runtime.database.transaction(EVERYTHING) as session:
        under_way = closings_under_way(session)
    more = False
    for year in under_way:
        try:
            with runtime.database.transaction(EVERYTHING) as session:
                more = go_on(session, runtime.signer(), year, runtime.settings.clock()) or more
        except Exception as error:
            log.exception("a closing could not go on", year=year)
            with runtime.database.transaction(EVERYTHING) as session:
                put_off(session, year, error)
    return more
