"""The county's overview: from the county to one member, by the ledger."""

from services.county.overview.reading import CountyReader
from shared.overview.routes import overview_blueprint

overview = overview_blueprint(CountyReader())
