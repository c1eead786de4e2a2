"""What the county says about cases of this branch's members, and what follows for their bases."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from services.branch.outcomes.corrected import correct_bases, keep_correction
from services.branch.outcomes.desk import DESK
from services.branch.transfers.cases import follow_cases
from services.branch.transfers.following import known_corrections
from services.branch.transfers.telling import say_on
from shared.contracts.outcomes import CasesTold, Correction
from shared.contracts.transfers import CarriedCorrection
from shared.outcomes.corrections import Corrected, against_grades
from shared.outcomes.keeping import keep, own_words
from shared.outcomes.passing import read_decided
from shared.sync.documents import verify_document
from shared.sync.publications import county_keys
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable
from shared.sync.sql_store import SqlLedger


def receive_decided(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep the county's cases and words; where an appeal changed a total, put later bases right."""
    found = read_decided(session, received)
    keep(session, DESK, found, speaker="county")
    confirmed = {word.case_id for one in found for word in one.words if word.kind == "confirmed"}
    appeals = against_grades(session, DESK, confirmed)
    for one in found:
        for word in one.words:
            if word.kind == "confirmed" and word.case_id in appeals:
                correct_bases(session, one.branch_id, word.member_id, word.case_id, now)
                # Who has moved on since is told of where he is now.
                known = known_corrections(session, word.member_id, now)
                said = [found for found in known if found.case_id == word.case_id]
                say_on(session, one.branch_id, word.member_id, corrections=said, now=now)
    follow_cases(session, DESK, found, now)


def receive_corrected(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what an appeal at another branch left of a grade given here; put later bases right."""
    find = county_keys(SqlLedger(session))
    for item in received:
        verify_document(item.body.document, find)
        told = msgspec.json.decode(item.body.document.body, type=Correction)
        if told.branch_id != item.unit:
            raise Unacceptable("the county's word is about another branch")
        put_right = Corrected(told.case_id, told.year, told.grade, told.points)
        keep_correction(session, item.unit, told.member_id, put_right, datetime.fromisoformat(told.at))
        correct_bases(session, item.unit, told.member_id, told.case_id, now)
        on = CarriedCorrection(told.case_id, told.year, told.grade, told.points, told.at)
        say_on(session, item.unit, told.member_id, corrections=[on], now=now)


def receive_told(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what the township said, standing in for this branch."""
    found = own_words(received)
    keep(session, DESK, found, speaker="township")
    follow_cases(session, DESK, found, now)


def recover_told(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own words that the township still holds, put back after a restore."""
    bodies: list[CasesTold] = [item.body for item in received]
    keep(session, DESK, bodies, speaker="branch")
