"""Outcomes at the township: to be read, and settled where a branch cannot."""

from services.township.outcomes.place import PLACE
from shared.outcomes.routes import outcomes_blueprint

outcomes = outcomes_blueprint(PLACE, proposes=False)
