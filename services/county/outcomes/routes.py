"""Outcomes at the county: proposed, decided, confirmed; fault tolerance and appeals judged."""

from services.county.outcomes.place import PLACE
from shared.outcomes.routes import outcomes_blueprint

outcomes = outcomes_blueprint(PLACE)
