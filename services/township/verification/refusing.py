"""What may be done with a return now, and if not, why: asked before acting, and by pages for what is off."""

from collections.abc import Callable

from sqlalchemy.orm import object_session

from services.township.verification.reading import ReturnRow
from shared.kit.accounts import SignedIn
from shared.kit.errors import Refused
from shared.kit.persons import same_person
from shared.sync.contests import OpenContest

Check = Callable[[SignedIn, ReturnRow, OpenContest], Refused | None]


def refusal(what: str, actor: SignedIn, row: ReturnRow, contest: OpenContest) -> Refused | None:
    """Why `what` (accept, verify, send_back, reopen, approve) cannot be done with this return, or None."""
    return CHECKS[what](actor, row, contest)


def _standing(row: ReturnRow, contest: OpenContest) -> Refused | None:
    """What bars everything: no return here, the return on its way back, approved, or the stage over."""
    village, verification = row.village.name, row.verification
    if row.state == "missing":
        return Refused("%(village)s还没有报来申报表。", village=village)
    if row.state == "sent_back":
        return Refused("%(village)s的申报表已退回村里，等村里改好重新报来。", village=village)
    if row.state == "approved" and verification is not None:
        return Refused(
            "%(village)s的申报表已由%(name)s批准上报县里，已经锁定。确需更正的，请县里退回。",
            village=village,
            name=verification.approved_by,
        )
    if not contest.course.may_verify():
        return Refused("县里已结束核实，申报表不能再改。确有错误的，请在公示期内提出异议。")
    return None


def _accept(_actor: SignedIn, row: ReturnRow, contest: OpenContest) -> Refused | None:
    if (barred := _standing(row, contest)) or row.state == "received":
        return barred
    return Refused("%(village)s的申报表已经受理。", village=row.village.name)


def _verify(_actor: SignedIn, row: ReturnRow, contest: OpenContest) -> Refused | None:
    return _standing(row, contest)


def _reopen(_actor: SignedIn, row: ReturnRow, contest: OpenContest) -> Refused | None:
    if (barred := _standing(row, contest)) or row.state == "verified":
        return barred
    return Refused("%(village)s还没有核实，没有可以收回的核实结论。", village=row.village.name)


def _approve(actor: SignedIn, row: ReturnRow, contest: OpenContest) -> Refused | None:
    if barred := _standing(row, contest):
        return barred
    if row.verification is None or row.state != "verified":
        return Refused("%(village)s还没有核实，不能批准上报。", village=row.village.name)
    if own(actor, row):
        return Refused("%(village)s是您本人核实的，请另一位同志批准上报。", village=row.village.name)
    return None


def own(actor: SignedIn, row: ReturnRow) -> bool:
    """Whether the asker verified it. What a restore brought back names the person but not the account."""
    one = row.verification
    if one is None:
        return False
    session = object_session(one)
    assert session is not None
    return same_person(session, actor, one.verified_by_id, one.verified_by)


CHECKS: dict[str, Check] = {
    "accept": _accept,
    "verify": _verify,
    "send_back": _verify,
    "reopen": _reopen,
    "approve": _approve,
}
