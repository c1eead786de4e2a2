"""What a filing says of members and what is held here, in words."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from flask_babel import gettext

from services.township.appraisals.models import ReceivedAppraisal
from shared.contracts.inputs import MISSING, Otherwise
from shared.kit.i18n import N_
from shared.rules.scoring import hundredths_text

_POINTS = {
    "base": N_("基础分"),
    "months": N_("全年积分"),
    "bonus": N_("加分"),
    "deductions": N_("扣分"),
    "standard": N_("评议标准分"),
}
_SHARES = {"applicable": N_("适用标准的比例")}
_TRUTHS = {"exempt": N_("免除硬性要求"), "probationary": N_("预备党员")}


def differing(received: ReceivedAppraisal) -> dict[UUID, list[str]]:
    """By member, what the branch filed otherwise than is held here; MISSING is not among it."""
    found: dict[UUID, list[str]] = {}
    for one in _read(received):
        if one.what != MISSING:
            found.setdefault(one.member_id, []).append(_sentence(one))
    return found


def missing(received: ReceivedAppraisal, names: Mapping[UUID, tuple[str, str]]) -> list[str]:
    """Names of those on the roster of the year's last day whom the branch has not graded."""
    return [names.get(one.member_id, ("—", ""))[0] for one in _read(received) if one.what == MISSING]


def _read(received: ReceivedAppraisal) -> Iterable[Otherwise]:
    return (Otherwise(UUID(member), what, filed, held) for member, what, filed, held in received.otherwise)


def _sentence(one: Otherwise) -> str:
    if one.what in _TRUTHS:
        says = {True: gettext("是"), False: gettext("否")}
        values = _TRUTHS[one.what], says[bool(one.filed)], says[bool(one.held)]
    elif one.what in _SHARES:
        values = _SHARES[one.what], f"{hundredths_text(one.filed)} %", f"{hundredths_text(one.held)} %"
    else:
        values = _POINTS[one.what], hundredths_text(one.filed), hundredths_text(one.held)
    return str(
        gettext(
            "%(what)s：支部报 %(filed)s，乡镇掌握 %(held)s",
            what=gettext(values[0]),
            filed=values[1],
            held=values[2],
        )
    )
