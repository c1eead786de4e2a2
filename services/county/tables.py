"""Every table of the county's database, for migrations and the laws."""

from services.county.accounts import models as county_accounts
from services.county.base import CountyBase
from services.county.contest import models as contest
from services.county.exceptions import models as exceptions
from services.county.grades import models as grades
from services.county.organisations import models as organisations
from services.county.outcomes import models as outcomes
from services.county.points import models as points
from services.county.returns import models as returns
from services.county.role_models import models as role_models
from services.county.roster import models as roster
from services.county.rulebooks import models as rulebooks
from services.county.transfers import models as transfers
from services.county.years import models as years
from shared.kit import accounts, audit, factor_models, sessions, units
from shared.kit.db import Base
from shared.sync import authority, publications
from shared.sync import models as streams

# Importing a room's models registers its tables.
ROOMS = (
    contest,
    exceptions,
    grades,
    organisations,
    outcomes,
    points,
    returns,
    role_models,
    roster,
    rulebooks,
    transfers,
    years,
    county_accounts,
    accounts,
    audit,
    factor_models,
    sessions,
    units,
    streams,
    publications,
    authority,
)
METADATAS = (Base.metadata, CountyBase.metadata)
