"""Opening a year of points: its rulebooks are fixed and published, and bind until the year is closed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.announcing import announce
from services.county.years.books import add_book, in_force
from services.county.years.models import MemberYear
from shared.contracts.documents import RulebookPublished, YearOpened
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.sync.signer import Signer


def years(session: Session) -> Sequence[MemberYear]:
    """Every year the county has opened, newest first."""
    return session.scalars(select(MemberYear).order_by(MemberYear.year.desc())).all()


def open_year(
    session: Session,
    actor: SignedIn,
    sign: Signer,
    *,
    year: int,
    ranked: bool,
    synthetic_note: str,
    now: datetime,
) -> MemberYear:
    """Open a year under the rulebooks in force on its first day. Raises Refused for a year opened before."""
    if session.get(MemberYear, year) is not None:
        raise Refused(N_("%(year)s 年度已经开启。"), year=year)
    if year > civil(now).year + 1:
        raise Refused(N_("最早只能提前一年开启。"))
    versions = {book.key: add_book(session, actor, book.text, now) for book in in_force(session, year)}
    made = MemberYear(
        year=year,
        unit_id=actor.unit.id,
        state="open",
        rulebooks={key: stored.hash for key, stored in versions.items()},
        ranked=ranked,
        synthetic_note=synthetic_note,
        opened_by=actor.name,
        opened_at=now,
    )
    session.add(made)
    session.flush()
    for stored in versions.values():
        document = RulebookPublished(
            stored.hash, stored.name, stored.effective_from.isoformat(), stored.text, now.isoformat()
        )
        announce(session, sign, actor.unit.id, document, now)
    announce(session, sign, actor.unit.id, _opened(made), now)
    audit.record(session, now, actor.account_id, actor.unit.id, "year.open", str(year))
    return made


def _opened(made: MemberYear) -> YearOpened:
    return YearOpened(
        county_id=made.unit_id,
        year=made.year,
        rulebooks=made.rulebooks,
        ranked=made.ranked,
        synthetic_note=made.synthetic_note,
        opened_at=made.opened_at.isoformat(),
    )
