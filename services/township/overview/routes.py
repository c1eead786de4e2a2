"""The township's overview: its own branches and members, by the statements it received."""

from services.township.overview.reading import TownshipReader
from shared.overview.routes import overview_blueprint

overview = overview_blueprint(TownshipReader())
