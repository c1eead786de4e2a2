"""How a submission stands, in words: for the general branch, and for the branch that waits."""

from flask_babel import gettext
from sqlalchemy.orm import Session

from services.branch.authority import NEEDED
from services.branch.generals.submitting import Standing
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.sync.authority import missing

STATES = {
    "waiting": (N_("等党总支审核"), "amber"),
    "sent_back": (N_("党总支已退回"), "red"),
    "endorsed": (N_("党总支已审核"), "green"),
    "sent_up": (N_("已上报，等乡镇受理"), ""),
}
AT_BRANCH = STATES | {"endorsed": (N_("党总支已审核，等乡镇受理"), "")}


def at_branch(standing: Standing) -> tuple[str, str]:
    """Words and colour for the branch, before the township has said anything."""
    words, colour = AT_BRANCH[standing.state]
    return gettext(words), colour


def general_name(session: Session, unit: Unit) -> str:
    """The general branch a branch stands under; in general words where another service speaks for it."""
    found = session.get(Unit, unit.general_id) if unit.general_id else None
    return found.name if found else str(gettext("党总支"))


def nobody(session: Session, unit: Unit) -> str:
    """That the branch's general branch has nobody to endorse, or ''."""
    if unit.general_id is None or not missing(session, [unit.general_id], NEEDED)[unit.general_id]:
        return ""
    name = general_name(session, unit)
    return str(gettext("%(general)s现在无人可审核，月报会停在那里。请镇里补设账号。", general=name))
