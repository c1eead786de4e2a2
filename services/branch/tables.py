"""Every table of the branch's database, for migrations and the laws."""

from services.branch.appraisal import models as appraisal
from services.branch.ballots import models as ballots
from services.branch.base import BranchBase
from services.branch.comments import models as comments
from services.branch.commitments import models as commitments
from services.branch.contest import models as contest
from services.branch.generals import models as generals
from services.branch.organisation import models as organisation
from services.branch.outcomes import models as outcomes
from services.branch.points import models as points
from services.branch.ranking import models as ranking
from services.branch.returns import models as returns
from services.branch.role_models import models as role_models
from services.branch.roster import models as roster
from services.branch.transfers import models as transfers
from shared.kit import accounts, audit, factor_models, sessions, units
from shared.kit.db import Base
from shared.sync import authority, publications
from shared.sync import models as streams

# Importing a room's models registers its tables.
ROOMS = (
    appraisal,
    ballots,
    comments,
    commitments,
    contest,
    generals,
    organisation,
    outcomes,
    points,
    ranking,
    returns,
    role_models,
    roster,
    transfers,
    accounts,
    audit,
    factor_models,
    sessions,
    units,
    streams,
    publications,
    authority,
)
METADATAS = (Base.metadata, BranchBase.metadata)
