"""What a branch under a general branch has closed or filed, and the general branch's word on it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.scope import scoped

OUR_OWN = ("SELECT", "INSERT")
WORDS = ("endorsed", "sent_back", "sent_up")


class Submission(BranchBase):
    """A message that waits for endorsement, byte for byte as it will travel. Insert-only.

    `id` is the statement's or the filing's own. `month` is 0 for a year's appraisal. `by_id` is None where a
    restore brought it back.
    """

    __tablename__ = "general_submission"
    __table_args__ = (
        Index("ix_general_submission_unit", "unit_id", "at"),
        CheckConstraint("kind IN ('statement', 'appraisal')", name="kind"),
        # Lines of everybody: who may see only their own rows sees none of these.
        {"info": scoped(app=OUR_OWN, person="id")},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(16))
    year: Mapped[int]
    month: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID | None]
    at: Mapped[datetime]


class Endorsement(BranchBase):
    """A word on a submission: endorsed, sent_back with its reason, sent_up when it has gone. Insert-only.

    `general_id` is the general branch that spoke; None where the branch sent it on, standing under none.
    """

    __tablename__ = "general_endorsement"
    __table_args__ = (
        Index("ix_general_endorsement_unit", "unit_id", "at"),
        CheckConstraint("word IN ('endorsed', 'sent_back', 'sent_up')", name="word"),
        {"info": scoped(app=OUR_OWN)},
    )

    submission_id: Mapped[UUID] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(String(16), primary_key=True)
    unit_id: Mapped[UUID]
    general_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID | None]
    at: Mapped[datetime]
