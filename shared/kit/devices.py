"""By what people know a browser of theirs again: program, system, whereabouts. Coarse on purpose."""

import ipaddress
import re

from werkzeug.wrappers import Request

from shared.kit.i18n import N_

# The first that is found counts: every browser also calls itself those below it.
_PROGRAMS = (
    ("MicroMessenger", N_("微信")),
    ("DingTalk", N_("钉钉")),
    ("QQBrowser", "QQ"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("UOS|Kylin|Linux", "Linux"),
)


def agent_of(request: Request) -> str:
    """Program (a msgid) and system, as `Chrome · Windows`; '' where the browser says nothing known."""
    said = request.headers.get("User-Agent", "")
    found = [
        next((name for sign, name in signs if re.search(sign, said)), "") for signs in (_PROGRAMS, _SYSTEMS)
    ]
    return " · ".join(filter(None, found))


def place_of(request: Request, proxies: int) -> str:
    """The caller's net without its last part, as `10.20.30.*`; '' where there is none.

    Behind `proxies` of ours: the address that the outermost of them was called from. What stands further
    left in the header anybody may have written.
    """
    hops = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",")]
    said = hops[-proxies] if 0 < proxies <= len(hops) else request.remote_addr or ""
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return ""
    if address.version == 4:
        return ".".join(str(address).split(".")[:3]) + ".*"
    return ":".join(address.exploded.split(":")[:3]) + ":*"
