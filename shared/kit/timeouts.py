"""How long a login lasts: without a touch (idle) and altogether (whole), by tier and role.

GB/T 22239 level 3 asks for an end after idleness; who administers has the shortest.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

HOURS_AT_MOST = 7 * 24
"""No login lasts longer, whatever is set: older ones are cleared away unseen."""
_ONE = re.compile(r"(?:([a-z_]+)=)?([0-9]{1,5})")
_ADMINISTRATORS = ("system_administrator", "security_administrator", "auditor")
USUAL_IDLE = {"county": 60, "township": 60, "branch": 120, **dict.fromkeys(_ADMINISTRATORS, 30)}
"""Minutes."""
USUAL_WHOLE = {"county": 12, "township": 12, "branch": 12}
"""Hours."""


@dataclass(frozen=True)
class Timeouts:
    """Limits of one tier's logins; a role named in `idle_of` or `whole_of` has its own."""

    idle: timedelta = timedelta(hours=2)
    whole: timedelta = timedelta(hours=12)
    idle_of: Mapping[str, timedelta] = field(default_factory=dict)
    whole_of: Mapping[str, timedelta] = field(default_factory=dict)

    def of(self, roles: Iterable[str]) -> tuple[timedelta, timedelta]:
        """Idle and whole for who holds these roles: the strictest counts."""
        held = list(roles)
        return (
            min((self.idle_of.get(role, self.idle) for role in held), default=self.idle),
            min((self.whole_of.get(role, self.whole) for role in held), default=self.whole),
        )


def timeouts_told(tier: str, idle: str, whole: str) -> Timeouts:
    """From two settings like `45` or `branch=90,auditor=15`: idle in minutes, whole in hours.

    A bare number counts for every tier, a name is a tier or a role; what is not named stays as usual.
    Raises ValueError for anything else, and for a whole of over a week.
    """
    minutes, hours = _read(idle, USUAL_IDLE), _read(whole, USUAL_WHOLE)
    if max(hours.values()) > HOURS_AT_MOST:
        raise ValueError(f"a login lasts {HOURS_AT_MOST} hours at most")
    return Timeouts(
        idle=timedelta(minutes=minutes[tier]),
        whole=timedelta(hours=hours[tier]),
        idle_of={name: timedelta(minutes=n) for name, n in minutes.items() if name not in USUAL_WHOLE},
        whole_of={name: timedelta(hours=n) for name, n in hours.items() if name not in USUAL_WHOLE},
    )


def _read(told: str, usual: Mapping[str, int]) -> dict[str, int]:
    found = dict(usual)
    for part in filter(None, re.split(r"[,\s]+", told)):
        matched = _ONE.fullmatch(part)
        if matched is None or int(matched[2]) == 0:
            raise ValueError(f"{part!r} is neither a number nor name=number")
        found |= {matched[1]: int(matched[2])} if matched[1] else dict.fromkeys(USUAL_WHOLE, int(matched[2]))
    return found
