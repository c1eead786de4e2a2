"""What is over stays as it is: years that the county closed, and months that no statement follows."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from services.branch.points.closing import next_month, sent_back
from shared.contracts.documents import YearClosed
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.sync.publications import latest

DECEMBER = 12


def require_open_years(session: Session, years: Iterable[int]) -> None:
    """Raises Refused where the county has closed one of these years: only an upheld appeal changes it."""
    for year in sorted(set(years)):
        if latest(session, YearClosed, f"year/{year}") is not None:
            raise Refused(N_("%(year)s 年度已经关闭，不能再改；本人有异议的走申诉。"), year=year)


def require_postable(session: Session, unit_id: UUID, year: int) -> None:
    """Raises Refused where no statement of the year follows that could post a counter-entry."""
    if next_month(session, unit_id, year) <= DECEMBER:
        return
    if not any(sent_back(session, unit_id, year, month) for month in range(1, DECEMBER + 1)):
        raise Refused(
            N_(
                "%(year)s 年十二月积分月报已经结账，冲销没有月报可以入账。月报被退回的，退回后再冲销；"
                "本人有异议的走申诉。"
            ),
            year=year,
        )
