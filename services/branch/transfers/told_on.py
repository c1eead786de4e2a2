"""Along which transfers somebody's cases were told on, so that what was not told is told once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.branch.transfers.models import ToldOn, TransferWord
from shared.contracts.transfers import TransferClosed


def note_told(session: Session, unit_id: UUID, member_id: UUID, whole: bool, now: datetime) -> None:
    """Note of all transfers with which the member left here whether everything has been told."""
    gone = select(
        TransferWord.unit_id, TransferWord.transfer_id, TransferWord.member_id, literal(whole), literal(now)
    ).where(
        TransferWord.unit_id == unit_id,
        TransferWord.member_id == member_id,
        TransferWord.kind == TransferClosed.KIND,
        TransferWord.out,
    )
    put = insert(ToldOn).from_select(["unit_id", "transfer_id", "member_id", "whole", "at"], gone)
    said = {"whole": put.excluded.whole, "at": put.excluded.at}
    session.execute(put.on_conflict_do_update(index_elements=["unit_id", "transfer_id"], set_=said))
