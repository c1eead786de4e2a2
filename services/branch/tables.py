"""Every table of the branch's database, for migrations and the laws."""

from services.branch.base import BranchBase
from services.branch.contest import models as contest
from services.branch.returns import models as returns
from shared.kit import accounts, audit, sessions, units
from shared.kit.db import Base
from shared.sync import models as streams
from shared.sync import publications

# Importing a room's models registers its tables.
ROOMS = (contest, returns, accounts, audit, sessions, units, streams, publications)
METADATAS = (Base.metadata, BranchBase.metadata)
