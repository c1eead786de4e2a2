"""Transfers of members (组织关系转接) as this branch knows them: what was said and what was heard."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.scope import scoped


class TransferWord(BranchBase):
    """One word about a transfer, own or received; states are read from the words. Insert-only.

    `out`: whether this branch is the one the member leaves. One word of each kind: a repeat changes nothing.
    `body` are the exact bytes of the contract of that kind.
    """

    __tablename__ = "transfer_word"
    __table_args__ = (
        Index("ix_transfer_word_member", "unit_id", "member_id"),
        {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT", "INSERT"), person="member_id")},
    )

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    member_id: Mapped[UUID]
    out: Mapped[bool]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
