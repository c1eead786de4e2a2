"""What the page that closes a year says besides: whose grade counts, who has none, what differs in words."""

from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from services.county.grades.counting import graded_nowhere
from services.county.grades.models import GradeAside
from services.county.roster.models import KnownMember
from services.county.years.closing import FAILED
from shared.kit.i18n import N_
from shared.kit.units import Unit

MOST = 12
FAULTS = {
    "base differs": N_("%(name)s的下年基础分和复算不一致"),
    "no base carried": N_("没有%(name)s的下年基础分"),
    "figures not held": N_("%(name)s的积分、基础分或标准和县里掌握的不一致"),
    "graded otherwise": N_("%(name)s的格次和复算不一致"),
    "a base of somebody not graded": N_("%(name)s没有参加评议，却有下年基础分"),
}
BROKEN = N_("复算时系统出错，没有算完，请系统管理员查看日志")
OTHERS = N_("上报的评议和审定的不一致")


def fault_words(session: Session, unit_id: UUID, fault: str) -> str:
    """What a branch's working out again found, with the member's name."""
    sort, _colon, member = fault.partition(": ")
    if sort == FAILED:
        return gettext(BROKEN)
    if sort not in FAULTS:
        return gettext(OTHERS)
    try:
        known = session.get(KnownMember, (unit_id, UUID(member)))
    except ValueError:
        known = None
    return gettext(FAULTS[sort], name=known.name if known else gettext("有党员"))


def notes(session: Session, year: int) -> list[dict[str, Any]]:
    """Things to know that keep no year open: members graded twice, and members graded nowhere."""
    found = [
        (gettext("两个支部都评了的党员（按年底组织关系所在的支部计）"), _twice(session, year)),
        (
            gettext("年底在册、没有参加评议的党员"),
            [f"{one.name}（{one.unit}）" for one in graded_nowhere(session, year)],
        ),
    ]
    return [
        {"label": label, "count": len(names), "names": names[:MOST], "more": len(names) > MOST}
        for label, names in found
        if names
    ]


def _twice(session: Session, year: int) -> list[str]:
    counts, aside = aliased(Unit), aliased(Unit)
    query = (
        select(KnownMember.name, counts.name.label("counts"), aside.name.label("aside"))
        .join(GradeAside, GradeAside.member_id == KnownMember.member_id)
        .join(counts, counts.id == GradeAside.counts_id)
        .join(aside, aside.id == GradeAside.unit_id)
        .where(GradeAside.year == year, KnownMember.unit_id == GradeAside.counts_id)
        .order_by(counts.path, KnownMember.number)
    )
    return [
        gettext(
            "%(name)s：计%(counts)s的，不计%(aside)s的", name=row.name, counts=row.counts, aside=row.aside
        )
        for row in session.execute(query)
    ]
