"""Why, at the county: every member's year, from the ledger and the confirmed grades."""

from services.county.explaining.reading import explained
from services.county.years.actions import years
from shared.explaining.routes import why_blueprint
from shared.kit.web import db

why = why_blueprint(explained, lambda: [one.year for one in years(db())])
