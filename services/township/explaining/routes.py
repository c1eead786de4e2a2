"""Why, at the township: its own members' years, from what its branches filed."""

from services.township.explaining.reading import explained
from shared.explaining.routes import why_blueprint
from shared.sync.asked_year import years

why = why_blueprint(explained, lambda: [one.year for one in years()])
