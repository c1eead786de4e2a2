"""A posted entry form as the rules see it."""

from typing import Any

from shared.rules.points.claims import Claimed


def claimed_of(data: dict[str, Any]) -> Claimed:
    """The form's data as a claim under the form's own id."""
    return Claimed(
        data["item"], data["day"], data["times"], data["what"], data["witness"], 0, str(data["id"])
    )
