"""General branches (党总支): made below a township, and branches put under them or taken out, with a reason.

A general branch stands beside the tree: a branch's parent stays its township, so streams and keys do too.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from services.county.registry.actions import announce_units
from shared.kit.accounts import SignedIn
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.units import GENERAL, Unit, add_unit, looked_after, unit_by_code
from shared.sync.signer import Signer


def known(session: Session, code: str, level: str = "") -> Unit:
    """The unit with this code, of this level where one is named; raises Refused."""
    found = unit_by_code(session, code.strip())
    if found is None or (level and found.level != level):
        raise Refused(N_("没有代码是 %(code)s 的单位，请核对。"), code=code.strip())
    return found


def make_general(
    session: Session,
    actor: SignedIn | None,
    sign: Signer,
    township: Unit,
    code: str,
    name: str,
    reason: str,
    now: datetime,
) -> Unit:
    """Make a general branch below `township` and tell the tiers below. Raises Refused."""
    if township.level != "township" or township.closed_on is not None:
        raise Refused(N_("党总支要设在一个没有撤销的乡镇（街道）下面。"))
    if unit_by_code(session, code.strip()) is not None:
        raise Refused(N_("代码 %(code)s 已经有单位用了。"), code=code.strip())
    made = add_unit(session, code.strip(), name.strip(), "branch", GENERAL, township)
    announce_units(session, sign, [made], reason, actor.account_id if actor else None, now)
    return made


def put_under(
    session: Session,
    actor: SignedIn | None,
    sign: Signer,
    branches: Sequence[Unit],
    general: Unit,
    reason: str,
    now: datetime,
) -> int:
    """Put branches under a general branch, out of any other; all or none. How many moved. Raises Refused."""
    if not general.is_general:
        raise Refused(N_("%(name)s不是党总支。"), name=general.name)
    if general.closed_on is not None:
        raise Refused(N_("%(name)s已经撤销。"), name=general.name)
    for branch in branches:
        _check(branch, general)
    moved = [one for one in branches if one.general_id != general.id]
    _change(session, actor, sign, moved, general, reason, now)
    return len(moved)


def _check(branch: Unit, general: Unit) -> None:
    if branch.is_general:
        raise Refused(N_("%(name)s是党总支，不能再放到党总支下面。"), name=branch.name)
    if branch.level != "branch":
        raise Refused(N_("%(name)s不是支部。"), name=branch.name)
    if branch.closed_on is not None:
        raise Refused(N_("%(name)s已经撤销。"), name=branch.name)
    if branch.parent_id != general.parent_id:
        raise Refused(
            N_("%(name)s和%(general)s不在同一个乡镇（街道）。"), name=branch.name, general=general.name
        )


def take_out(
    session: Session,
    actor: SignedIn | None,
    sign: Signer,
    branches: Sequence[Unit],
    reason: str,
    now: datetime,
) -> int:
    """Take branches out of their general branch; what they send goes straight to the township again."""
    moved = [one for one in branches if one.general_id is not None]
    if not moved:
        raise Refused(N_("选中的支部都不在党总支下面。"))
    _change(session, actor, sign, moved, None, reason, now)
    return len(moved)


def _change(
    session: Session,
    actor: SignedIn | None,
    sign: Signer,
    branches: Sequence[Unit],
    general: Unit | None,
    reason: str,
    now: datetime,
) -> None:
    for one in branches:
        one.general_id = general.id if general else None
    session.flush()
    if branches:
        announce_units(session, sign, branches, reason, actor.account_id if actor else None, now)


def branches_of(session: Session, general: Unit) -> Sequence[Unit]:
    """The branches that stand under one general branch."""
    return looked_after(session, [general.id])
