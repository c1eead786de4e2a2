"""Every table of the township's database, for migrations and the laws."""

from services.township.appraisals import models as appraisals
from services.township.base import TownshipBase
from services.township.objections import models as objections
from services.township.organisations import models as organisations
from services.township.outcomes import models as outcomes
from services.township.roster import models as roster
from services.township.statements import models as statements
from services.township.transfers import models as transfers
from services.township.verification import models as verification
from shared.kit import accounts, audit, factor_models, sessions, units
from shared.kit.db import Base
from shared.sync import authority, publications
from shared.sync import models as streams

# Importing a room's models registers its tables.
ROOMS = (
    *(appraisals, objections, organisations, outcomes, roster, statements, transfers, verification),
    *(accounts, audit, factor_models, sessions, units, streams, publications, authority),
)
METADATAS = (Base.metadata, TownshipBase.metadata)
