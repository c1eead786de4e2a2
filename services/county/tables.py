"""Every table of the county's database, for migrations and the laws."""

from services.county.base import CountyBase
from services.county.contest import models as contest
from services.county.returns import models as returns
from services.county.rulebooks import models as rulebooks
from shared.kit import accounts, audit, sessions, units
from shared.kit.db import Base
from shared.sync import models as streams
from shared.sync import publications

# Importing a room's models registers its tables.
ROOMS = (contest, returns, rulebooks, accounts, audit, sessions, units, streams, publications)
METADATAS = (Base.metadata, CountyBase.metadata)
