"""The county's desk for cases: what is said here goes down under the county's signature."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.outcomes.models import OutcomeCase, OutcomeRun, OutcomeWord
from services.county.years.books import stored_book
from shared.contracts.outcomes import CasesTold
from shared.kit.accounts import SignedIn
from shared.kit.units import Unit
from shared.outcomes.desk import Desk
from shared.outcomes.passing import decided
from shared.rules.outcomes import Rulebook, Word
from shared.rules.words import Refusal
from shared.sync.outbox import publish_down
from shared.sync.signer import Signer

_parsed: dict[str, Rulebook] = {}


def outcomes_book(session: Session, digest: str) -> Rulebook:
    """The outcome rules under this hash; raises Absent."""
    # The hash names the content: what was parsed once holds for ever.
    if digest not in _parsed:
        _parsed[digest] = stored_book(session, digest).parsed
    return _parsed[digest]


def _nothing(_session: Session, _told: Any, _actor: SignedIn, _now: datetime) -> None:
    raise AssertionError("only a desk with a signer decides")


def _silent(_session: Session, _unit_id: UUID, _told: CasesTold, _now: datetime) -> None:
    raise AssertionError("only a desk with a signer decides")


READING = Desk("county", OutcomeCase, OutcomeWord, OutcomeRun, outcomes_book, _silent, _nothing)


def desk(
    sign: Signer,
    after: Callable[[Session, Any, SignedIn, datetime], None] = _nothing,
    correction: Callable[[Session, Any, Word], Refusal | None] = READING.correction,
) -> Desk:
    """The desk that decides; `after` follows from an appeal that was upheld, `correction` bars one."""

    def tell(session: Session, unit_id: UUID, told: CasesTold, now: datetime) -> None:
        unit = session.get_one(Unit, unit_id)
        assert unit.parent_id is not None
        county = session.scalars(select(Unit.parent_id).where(Unit.id == unit.parent_id)).one()
        assert county is not None
        publish_down(session, county, unit.parent_id, unit_id, decided(told, sign), now)

    tables = (OutcomeCase, OutcomeWord, OutcomeRun)
    return Desk("county", *tables, outcomes_book, tell, after, correction=correction)
