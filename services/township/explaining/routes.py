"""Why, at the township: its own members' years, from what its branches filed."""

from services.township.explaining.reading import explained
from services.township.years import years
from shared.explaining.routes import why_blueprint

why = why_blueprint(explained, lambda: [one.year for one in years()])
