"""What the township's header and desk say of its branches as subjects."""

from typing import Any

from services.township.organisations.classing import PLACE
from shared.organisations import deciding_pages


def desk_things() -> list[dict[str, Any]]:
    """What the desk says of this room."""
    return deciding_pages.desk_things(PLACE)


def waiting_organisations() -> int:
    """The number beside the room in the header: entries and classes that wait for the asker."""
    return deciding_pages.waiting_entries(PLACE) + deciding_pages.waiting_classing(PLACE)
